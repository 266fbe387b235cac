// The same as graph_sdk.py says, for Graph's SDK of npm. It tells an error of the whole batch as {"error": {...}}.
import { BatchRequestContent, BatchResponseContent, Client } from "@microsoft/microsoft-graph-client";

// The SDK reads the body of a request by a FileReader, which browsers have, and node has not.
globalThis.FileReader ??= class {
    addEventListener(_, listener) {
        this.loaded = listener;
    }
    async readAsDataURL(blob) {
        const content = Buffer.from(await blob.arrayBuffer()).toString("base64");
        this.result = `data:${blob.type || "application/octet-stream"};base64,${content}`;
        this.loaded();
    }
};

const [url] = process.argv.slice(-1);
const chunks = [];
for await (const chunk of process.stdin) chunks.push(chunk);
const steps = JSON.parse(Buffer.concat(chunks)).map(({ id, method, url: path, headers, body, dependsOn }) => ({
    id,
    request: new Request(`https://graph.example/${path.replace(/^\//, "")}`, { method, headers, body }),
    dependsOn,
}));
const client = Client.init({ baseUrl: url, defaultVersion: "v1.0", authProvider: done => done(null, "a token") });
const told = {};
try {
    const content = await new BatchRequestContent(steps).getContent();
    const answer = new BatchResponseContent(await client.api("/$batch").post(content));
    for (const [id, response] of answer.getResponsesIterator()) {
        told[id] = { status: response.status, type: response.headers.get("content-type"), text: await response.text() };
    }
} catch (error) {
    told.error = { name: error.name, status: error.statusCode, code: error.code, message: error.message };
}
process.stdout.write(JSON.stringify(told));

// The same as answering.py says, for the clients of npm. It is put in front of a driver's own text, so that both are one
// module, evaluated in the folder where the clients are.
import { createInterface } from "node:readline";
import { readFileSync } from "node:fs";

const ACCIDENTS = [TypeError, ReferenceError, RangeError];

class Answer {
    constructor(response) {
        this.words = `returned a Response with status ${response.status}`;
    }
}

class Failure {
    constructor(words) {
        this.words = words;
    }
}

class Value {
    constructor(value) {
        this.value = value;
    }
}

const version = name => JSON.parse(readFileSync(`node_modules/${name}/package.json`, "utf8")).version;

async function made(call, asked) {
    if (call === undefined) return { how: "missing" };
    try {
        const returned = await call(...asked);
        if (returned instanceof Answer) return { how: "answer", words: returned.words };
        if (returned instanceof Failure) return { how: "failure", words: returned.words, accident: false };
        if (returned instanceof Value) return { how: "success", words: "returned it", value: returned.value };
        return { how: "success", words: `returned ${typeof returned === "string" ? returned : JSON.stringify(returned)}` };
    } catch (error) {
        const accident = ACCIDENTS.some(kind => error instanceof kind);
        return { how: "failure", words: `threw ${error.name}: ${error.message}`, accident };
    }
}

async function answer(name, connect) {
    console.log(JSON.stringify({ version: version(name) }));
    const clients = new Map();
    for await (const line of createInterface({ input: process.stdin })) {
        const asked = JSON.parse(line);
        if (!clients.has(asked.url)) clients.set(asked.url, connect(asked.url));
        console.log(JSON.stringify(await made(clients.get(asked.url)[asked.call], asked.arguments)));
    }
}

const sets = properties =>
    properties
        .map(([namespace, name, value]) => `<D:set><D:prop><n:${name} xmlns:n="${namespace}">${value}</n:${name}></D:prop></D:set>`)
        .join("");

// A page in a DOM of npm: DOM PAGE URL. It sends requests to the server at URL, and writes what it could read as JSON.
import { readFileSync } from "node:fs";

const [dom, page, url] = process.argv.slice(-3);

async function jsdom() {
  const { JSDOM, VirtualConsole } = await import("jsdom");
  const { window } = new JSDOM("", { url: page, virtualConsole: new VirtualConsole() });
  return (method, path, headers = {}, body = "") =>
    new Promise((resolve) => {
      const request = new window.XMLHttpRequest();
      request.open(method, url + path);
      for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
      request.onload = () =>
        resolve([request.status, request.getResponseHeader("Dav424-Exchange"), request.responseText]);
      request.onerror = () => resolve("blocked");
      request.send(body);
    });
}

async function happyDom() {
  const { Window } = await import("happy-dom");
  const window = (globalThis.window = new Window({ url: page }));
  return (method, path, headers = {}, body = undefined) =>
    window.fetch(url + path, { method, headers, body }).then(
      async (answer) => [answer.status, answer.headers.get("Dav424-Exchange"), await answer.text()],
      () => "blocked",
    );
}

// The build of webdav for browsers, which takes fetch from the window.
async function webdav() {
  if (dom === "jsdom") return null;
  const { createClient } = await import(`${process.cwd()}/node_modules/webdav/dist/web/index.js`);
  const client = createClient(`${url}proppatch-protected/`);
  return client.getDirectoryContents("/").then((found) => found.map((each) => each.basename), () => "blocked");
}

const send = await (dom === "jsdom" ? jsdom() : happyDom());
const update = readFileSync(0, "utf8");
const told = {
  get: await send("GET", "proppatch-protected/report.txt"),
  proppatch: await send("PROPPATCH", "proppatch-protected/report.txt", { "Content-Type": "application/xml" }, update),
  api: await send("GET", "-/spaces"),
  webdav: await webdav(),
};
process.stdout.write(JSON.stringify(told), () => process.exit());

// @ts-check
/**
 * A WebDAV test server for node:test, vitest and jest: a space for each test, and its journal if the test fails.
 *
 * The module calls the admin API through node:http, so that mocks of `fetch` don't matter and no `Origin` is sent.
 */
"use strict";

const { spawn } = require("node:child_process");
const { randomUUID } = require("node:crypto");
const { once } = require("node:events");
const { readFileSync } = require("node:fs");
const http = require("node:http");
const https = require("node:https");
const { createInterface } = require("node:readline");

/** @typedef {{ id: string, kind: string, [setting: string]: unknown }} Cause */
/** @typedef {{ causes?: Cause[], tree?: Record<string, object>, users?: Record<string, string>, now?: string, dialect?: string }} World */
/** @typedef {"done" | "failed" | "failed-dependency"} Outcome */
/** @typedef {{ path: string, property: string | null, status: number, outcome: Outcome, cause?: string, detail?: string }} Fact */
/** @typedef {{ number: number, method: string, path: string, status: number, facts: Fact[], refused: Fact | null }} Exchange */

/** The admin API refused a call. `status` is that of its answer. */
class AdminError extends Error {
  /** @param {string} message @param {number} status */
  constructor(message, status) {
    super(message);
    this.name = "AdminError";
    this.status = status;
  }
}

/** A server. `url` is its root, with a slash at the end. */
class Server {
  #token = process.env.DAV424_ADMIN_TOKEN;
  #ca = process.env.DAV424_TLS_CA && readFileSync(process.env.DAV424_TLS_CA);
  #child;

  /** @param {string} url @param {import("node:child_process").ChildProcess} [child] */
  constructor(url, child) {
    this.url = url.endsWith("/") ? url : `${url}/`;
    this.#child = child;
  }

  /**
   * Call the admin API, with a path such as `spaces/NAME/clock`; gives the text of the answer.
   * @param {string} method @param {string} path @param {unknown} [body] @returns {Promise<string>}
   */
  async call(method, path, body) {
    const url = new URL(`-/${path}`, this.url);
    const headers = { "Content-Type": "application/json", ...(this.#token && { Authorization: `Bearer ${this.#token}` }) };
    const { request } = url.protocol === "https:" ? https : http;
    const sent = request(url, { method, headers, ca: this.#ca, agent: false });
    sent.end(body === undefined ? undefined : JSON.stringify(body));
    const [answer] = await once(sent, "response");
    let text = "";
    for await (const chunk of answer.setEncoding("utf8")) text += chunk;
    if (answer.statusCode >= 300) throw new AdminError(`${method} ${url}: ${answer.statusCode} ${text}`, answer.statusCode);
    return text;
  }

  /**
   * Make a space with a copy of a scenario. `causes` are added to those of the scenario; `tree` and `users` replace its own.
   * @param {string} scenario @param {World} [world]
   */
  async space(scenario, world) {
    const space = new Space(this, `node-${randomUUID()}`, scenario);
    await space.call("PUT", "", { scenario, "expires-in": 3600, ...world });
    return space;
  }

  /** Stop the server, if `connect` started it. */
  async close() {
    this.#child?.ref();
    if (this.#child?.exitCode === null && this.#child.kill()) await once(this.#child, "exit");
  }
}

/** A copy of a scenario for one test. `url` is its root, with a slash at the end. */
class Space {
  #server;

  /** @param {Server} server @param {string} name @param {string} scenario */
  constructor(server, name, scenario) {
    this.#server = server;
    this.name = name;
    this.url = `${server.url}s/${name}/${scenario}/`;
  }

  /**
   * Call the admin API for this space, with a path such as `tree`; gives the JSON of the answer.
   * @param {string} method @param {string} path @param {unknown} [body] @returns {Promise<any>}
   */
  async call(method, path, body) {
    return JSON.parse((await this.#server.call(method, `spaces/${this.name}${path && `/${path}`}`, body)) || "null");
  }

  /** Add or replace a cause, written as in scenario files. @param {Cause} cause */
  async putCause({ id, ...settings }) {
    await this.call("PUT", `causes/${encodeURIComponent(id)}`, settings);
  }

  /** Apply the cure of the scenario. */
  async cure() {
    await this.call("POST", "cure");
  }

  /** Advance the clock, which stands still otherwise. @param {number} seconds */
  async advance(seconds) {
    await this.call("POST", "clock", { advance: seconds });
  }

  /**
   * Read the exchanges that match the filters of the admin API, such as `{ method: "PUT", wait: "5s" }`.
   * @param {Record<string, string>} [filters] @returns {Promise<Exchange[]>}
   */
  async journal(filters) {
    return (await this.call("GET", `journal?${new URLSearchParams(filters)}`)).entries;
  }

  /** Explain the newest exchanges as text: the result for each resource and property, and the causes. */
  async explain() {
    return this.#server.call("GET", `spaces/${this.name}/journal/explain?newest=20`);
  }

  /** Remove the space from the server. */
  async remove() {
    await this.call("DELETE", "");
  }
}

/**
 * Use the server at DAV424_URL. Without that variable, start one on a free port with DAV424_COMMAND (default: dav424).
 * @param {...string} flags more flags of `dav424 serve` @returns {Promise<Server>}
 */
async function connect(...flags) {
  const { DAV424_URL: url, DAV424_COMMAND: command = "dav424" } = process.env;
  if (url) return new Server(url);
  const orphans = process.platform === "win32" ? [] : ["--exit-with-parent"];
  const child = spawn(command, ["serve", "--port", "0", ...orphans, ...flags], { stdio: ["ignore", "pipe", "inherit"] });
  process.once("exit", () => child.kill());
  const lines = createInterface(child.stdout);
  const [line] = await Promise.race([once(lines, "line"), once(child, "exit")]).catch((error) => {
    throw new Error(`${command} can't be started: put dav424 on the PATH, or its path into DAV424_COMMAND`, { cause: error });
  });
  const ready = /^dav424 ready url=(\S+)/.exec(line);
  if (!ready) throw new Error(`${command} serve ended with exit status ${line}; its reason is above`);
  child.unref(); // a server does not keep a test run from ending
  /** @type {any} */ (child.stdout).unref();
  return new Server(ready[1], child);
}

/** @type {Promise<Server> | undefined} */
let shared;

/**
 * Make the function of a test, which gets a space of its own before its usual arguments. If the test fails, the journal
 * is printed, and the space stays on the server for an hour without a request.
 * @template {unknown[]} A
 * @param {string} scenario @param {(space: Space, ...rest: A) => unknown} body @param {World} [world]
 * @returns {(...rest: A) => Promise<void>}
 */
function inSpace(scenario, body, world) {
  return async (...rest) => {
    const space = await (await (shared ??= connect())).space(scenario, world);
    try {
      await body(space, ...rest);
    } catch (error) {
      console.error(`dav424 ${space.url}\n\n${await space.explain().catch(String)}`);
      throw error;
    }
    await space.remove();
  };
}

module.exports = { AdminError, Server, Space, connect, inSpace };

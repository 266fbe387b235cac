export type Cause = {
    id: string;
    kind: string;
    [setting: string]: unknown;
};
export type World = {
    causes?: Cause[];
    tree?: Record<string, object>;
    users?: Record<string, string>;
    now?: string;
    dialect?: string;
};
export type Outcome = "done" | "failed" | "failed-dependency";
export type Fact = {
    path: string;
    property: string | null;
    status: number;
    outcome: Outcome;
    cause?: string;
    detail?: string;
};
export type Exchange = {
    number: number;
    method: string;
    path: string;
    status: number;
    facts: Fact[];
    refused: Fact | null;
};
/** @typedef {{ id: string, kind: string, [setting: string]: unknown }} Cause */
/** @typedef {{ causes?: Cause[], tree?: Record<string, object>, users?: Record<string, string>, now?: string, dialect?: string }} World */
/** @typedef {"done" | "failed" | "failed-dependency"} Outcome */
/** @typedef {{ path: string, property: string | null, status: number, outcome: Outcome, cause?: string, detail?: string }} Fact */
/** @typedef {{ number: number, method: string, path: string, status: number, facts: Fact[], refused: Fact | null }} Exchange */
/** The admin API refused a call. `status` is that of its answer. */
export class AdminError extends Error {
    /** @param {string} message @param {number} status */
    constructor(message: string, status: number);
    status: number;
}
/** A server. `url` is its root, with a slash at the end. */
export class Server {
    /** @param {string} url @param {import("node:child_process").ChildProcess} [child] */
    constructor(url: string, child?: import("node:child_process").ChildProcess);
    url: string;
    /**
     * Call the admin API, with a path such as `spaces/NAME/clock`; gives the text of the answer.
     * @param {string} method @param {string} path @param {unknown} [body] @returns {Promise<string>}
     */
    call(method: string, path: string, body?: unknown): Promise<string>;
    /**
     * Make a space with a copy of a scenario. `causes` are added to those of the scenario; `tree` and `users` replace its own.
     * @param {string} scenario @param {World} [world]
     */
    space(scenario: string, world?: World): Promise<Space>;
    /** Stop the server, if `connect` started it. */
    close(): Promise<void>;
    #private;
}
/** A copy of a scenario for one test. `url` is its root, with a slash at the end. */
export class Space {
    /** @param {Server} server @param {string} name @param {string} scenario */
    constructor(server: Server, name: string, scenario: string);
    name: string;
    url: string;
    /**
     * Call the admin API for this space, with a path such as `tree`; gives the JSON of the answer.
     * @param {string} method @param {string} path @param {unknown} [body] @returns {Promise<any>}
     */
    call(method: string, path: string, body?: unknown): Promise<any>;
    /** Add or replace a cause, written as in scenario files. @param {Cause} cause */
    putCause({ id, ...settings }: Cause): Promise<void>;
    /** Apply the cure of the scenario. */
    cure(): Promise<void>;
    /** Advance the clock, which stands still otherwise. @param {number} seconds */
    advance(seconds: number): Promise<void>;
    /**
     * Read the exchanges that match the filters of the admin API, such as `{ method: "PUT", wait: "5s" }`.
     * @param {Record<string, string>} [filters] @returns {Promise<Exchange[]>}
     */
    journal(filters?: Record<string, string>): Promise<Exchange[]>;
    /** Explain the newest exchanges as text: the result for each resource and property, and the causes. */
    explain(): Promise<string>;
    /** Remove the space from the server. */
    remove(): Promise<void>;
    #private;
}
/**
 * Use the server at DAV424_URL. Without that variable, start one on a free port with DAV424_COMMAND (default: dav424).
 * @param {...string} flags more flags of `dav424 serve` @returns {Promise<Server>}
 */
export function connect(...flags: string[]): Promise<Server>;
/**
 * Make the function of a test, which gets a space of its own before its usual arguments. If the test fails, the journal
 * is printed, and the space stays on the server for an hour without a request.
 * @template {unknown[]} A
 * @param {string} scenario @param {(space: Space, ...rest: A) => unknown} body @param {World} [world]
 * @returns {(...rest: A) => Promise<void>}
 */
export function inSpace<A extends unknown[]>(scenario: string, body: (space: Space, ...rest: A) => unknown, world?: World): (...rest: A) => Promise<void>;

/** The package under node:test. tests/bindings runs it, and counts what passes. */
import assert from "node:assert/strict";
import test from "node:test";

import { AdminError, connect, inSpace } from "dav424";

const body = `<D:propertyupdate xmlns:D="DAV:">
  <D:set><D:prop><D:getetag>"mine"</D:getetag><title xmlns="urn:x">Q3</title></D:prop></D:set>
</D:propertyupdate>`;
const proppatch = (url) => fetch(url, { method: "PROPPATCH", headers: { "Content-Type": "application/xml" }, body });

test("a PROPPATCH that fails is explained by the journal", inSpace("proppatch-protected", async (space) => {
  const response = await proppatch(`${space.url}report.txt`);
  assert.equal(response.status, 207);
  const [{ facts }] = await space.journal({ method: "PROPPATCH" });
  assert.deepEqual(facts.map(({ property, status }) => [property, status]), [["{DAV:}getetag", 403], ["{urn:x}title", 424]]);
  assert.match(await space.explain(), /title of \/report.txt: 424 Failed Dependency/);
}));

test("the runner's own arguments follow the space", inSpace("playground", (space, context) => {
  assert.equal(context.name, "the runner's own arguments follow the space");
}));

test("causes and a tree make the world of one test", inSpace("playground", async (space) => {
  assert.equal(await (await fetch(`${space.url}a.txt`)).text(), "A");
  const statuses = [];
  for (let count = 0; count < 2; count += 1) statuses.push((await fetch(`${space.url}a.txt`, { method: "PUT", body: "B" })).status);
  assert.deepEqual(statuses, [507, 204]);
}, { tree: { "/a.txt": { content: "A" } }, causes: [{ id: "disk", kind: "store-fails", times: 1 }] }));

test("a scenario is cured, and the clock advances", inSpace("proppatch-protected", async (space) => {
  await space.cure();
  assert.doesNotMatch(await (await proppatch(`${space.url}report.txt`)).text(), /424 Failed/);
  await space.advance(60);
  assert.equal((await space.call("GET", "clock")).now, "2026-01-01T00:01:00Z");
}));

test("the space of a test that passes is removed", async () => {
  let used;
  await inSpace("playground", (space) => (used = space))();
  await assert.rejects(used.call("GET", ""), { name: "AdminError", status: 404 });
});

test("a test that fails prints the journal, and its space stays", async (context) => {
  const { mock } = context.mock.method(console, "error", () => {});
  let used;
  const failing = inSpace("playground", async (space) => {
    used = space;
    await fetch(`${space.url}none.txt`);
    throw new Error("red");
  });
  await assert.rejects(failing(), /^Error: red$/);
  assert.match(mock.calls[0].arguments[0], /GET \S+none.txt -> 404 Not Found/);
  assert.equal((await used.call("GET", "")).exchanges, 1);
});

test("a call that the server refuses says why", async () => {
  const server = await connect();
  await assert.rejects(server.space("nonesuch"), (error) => error instanceof AdminError && /nonesuch/.test(error.message));
  await server.close();
});

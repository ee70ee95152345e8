// Notices, and keys of an older kind: an object that only validates and knows scopes.
import assert from "node:assert/strict";
import { test } from "node:test";
import { agentKeyMiddleware } from "keyrail/express";
import { newKeys, onBoth, send, serve } from "./server.mjs";

const older = {
  validate: async (key) =>
    key === "spent" ? { valid: false, reason: "budget_exceeded" } : { valid: true, id: 1, scopes: ["read"] },
  hasScope: ({ scopes }, scope) => scopes.includes(scope),
};

onBoth("an older object guards as it did", async (t, express) => {
  const server = await serve(t, express, (app) => {
    app.get("/read", agentKeyMiddleware(older, { scope: "read" }), (req, res) => res.json(req.agentKey));
    app.get("/write", agentKeyMiddleware(older, { scope: "write" }), (_req, res) => res.json({}));
  });
  const ok = await send(server, { path: "/read", key: "k" });
  assert.deepEqual([ok.status, ok.body], [200, { valid: true, id: 1, scopes: ["read"] }]);
  assert.equal((await send(server, { path: "/write", key: "k" })).status, 403);
  const spent = await send(server, { path: "/read", key: "spent" });
  assert.deepEqual([spent.status, spent.body], [429, { error: "budget_exceeded" }]);
});

test("an older object cannot reserve, and says so when the route is made", () => {
  assert.throws(() => agentKeyMiddleware(older, { reserve: 1 }), { code: "reserve_unsupported" });
});

test("a route without reserve is told once; one with it is not", () => {
  const { ak, notices } = newKeys();
  agentKeyMiddleware(ak, { reserve: 1 });
  assert.deepEqual(notices, []);
  agentKeyMiddleware(ak);
  assert.deepEqual(notices, ["unreserved_route"]);
});

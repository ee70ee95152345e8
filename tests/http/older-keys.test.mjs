// Notices, and keys of an older kind: an object that only validates and knows scopes.
import assert from "node:assert/strict";
import { onEvery, serve } from "./adapters.mjs";
import { newKeys, send } from "./client.mjs";

const older = {
  validate: async (key) =>
    key === "spent" ? { valid: false, reason: "budget_exceeded" } : { valid: true, id: 1, scopes: ["read"] },
  hasScope: ({ scopes }, scope) => scopes.includes(scope),
};

onEvery("an older object guards as it did", async (t, adapter) => {
  const handle = ({ agentKey }) => ({ body: agentKey });
  const read = await serve(t, adapter, { ak: older, options: { scope: "read" }, handle });
  const write = await serve(t, adapter, { ak: older, options: { scope: "write" }, handle });
  const ok = await send(read, { key: "k" });
  assert.deepEqual([ok.status, ok.body], [200, { valid: true, id: 1, scopes: ["read"] }]);
  assert.equal((await send(write, { key: "k" })).status, 403);
  const spent = await send(read, { key: "spent" });
  assert.deepEqual([spent.status, spent.body], [429, { error: "budget_exceeded" }]);
});

onEvery("an older object cannot reserve, and says so when the route is made", (_t, adapter) => {
  assert.throws(() => adapter.guard(older, { reserve: 1 }, () => ({})), { code: "reserve_unsupported" });
});

onEvery("a route without reserve is told once; one with it is not", (_t, adapter) => {
  const { ak, notices } = newKeys();
  adapter.guard(ak, { reserve: 1 }, () => ({}));
  assert.deepEqual(notices, []);
  adapter.guard(ak, {}, () => ({}));
  assert.deepEqual(notices, ["unreserved_route"]);
});

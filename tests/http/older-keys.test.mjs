// Notices, and keys of an older kind: an object that only validates and knows scopes.
import assert from "node:assert/strict";
import { onEvery, serve } from "./adapters.mjs";
import { keysWith, newKeys, send, untilBudget } from "./client.mjs";

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

onEvery("an older object that throws in both its methods: 500, and no rejection is left over", async (t, adapter) => {
  const broken = () => {
    throw new Error("broken");
  };
  const never = async () => ({ success: false, reason: "hold_not_found" });
  const ak = {
    ...older,
    validate: async () => broken(),
    reserve: broken,
    settle: never,
    release: never,
    extend: never,
  };
  const handle = () => assert.fail("the handler was reached");
  const server = await serve(t, adapter, { ak, options: { reserve: 1 }, handle });
  const { status, body } = await send(server, { key: "k" });
  assert.deepEqual([status, body], [500, { error: "auth_unavailable" }]);
});

onEvery(
  "an unsettled that is asynchronous and rejects: the reserved amount is settled, with a notice",
  async (t, adapter) => {
    const { ak, notices } = newKeys();
    const { key } = await ak.create({ accountId: "acme", budgetCents: 100 });
    const unsettled = async () => {
      throw new Error("broken");
    };
    const server = await serve(t, adapter, { ak, options: { reserve: 10, unsettled }, handle: () => ({}) });
    assert.equal((await send(server, { key })).status, 200);
    await untilBudget(ak, key, { usedCents: 10, heldCents: 0 });
    assert.deepEqual(notices, ["unsettled_failed"]);
  },
);

onEvery("keys whose `admit` gives nothing are asked the two", async (t, adapter) => {
  const { ak } = newKeys();
  const { key } = await ak.create({ accountId: "acme", budgetCents: 100 });
  const keys = keysWith(ak, { admit: async () => undefined });
  const server = await serve(t, adapter, { ak: keys, options: { reserve: 10 }, handle: () => ({}) });
  assert.equal((await send(server, { key })).status, 200);
  await untilBudget(ak, key, { usedCents: 10, heldCents: 0 });
});

onEvery("keys whose `validate` gives nothing: 500, and the hold is given back", async (t, adapter) => {
  const { ak } = newKeys();
  const { key } = await ak.create({ accountId: "acme", budgetCents: 100 });
  const keys = keysWith(ak, { admit: undefined, validate: async () => undefined });
  const handle = () => assert.fail("the handler was reached");
  const server = await serve(t, adapter, { ak: keys, options: { reserve: 10 }, handle });
  assert.equal((await send(server, { key })).status, 500);
  await untilBudget(ak, key, { usedCents: 0, heldCents: 0 });
});

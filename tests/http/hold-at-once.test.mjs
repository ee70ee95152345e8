// A hold that depends on nothing but the key is asked for together with the validation, and is given back
// where the validation finds that the key is no good.
import assert from "node:assert/strict";
import { AgentKey, memory } from "keyrail";
import { onEvery, serve } from "./adapters.mjs";
import { newKeys, send, untilBudget } from "./client.mjs";

const settleOne = async ({ hold }) => {
  await hold.settle(1);
  return { body: "done" };
};

onEvery("a guarded request of a key that is here takes two commits and no read", async (t, adapter) => {
  const calls = [];
  const store = memory();
  const counted = {
    ...store,
    read: (refs) => calls.push("read") && store.read(refs),
    commit: (commits) => calls.push("commit") && store.commit(commits),
  };
  const ak = new AgentKey({ store: counted });
  const { key } = await ak.create({ accountId: "acme", budgetCents: 100 });
  const server = await serve(t, adapter, { ak, options: { reserve: 2 }, handle: settleOne });
  await send(server, { key });
  await ak.close();
  calls.length = 0;
  assert.equal((await send(server, { key })).status, 200);
  await untilBudget(ak, key, { usedCents: 2, heldCents: 0 });
  assert.deepEqual(calls.slice(0, 2), ["commit", "commit"]);
});

/** A request whose validation says something else than its reserve: the answer, and what is left held. */
async function check(t, adapter, { validate, options = {}, status, reserves }) {
  const { ak } = newKeys();
  const { key } = await ak.create({ accountId: "acme", budgetCents: 100 });
  let reserved = 0;
  const keys = {
    validate: (secret) => validate(() => ak.validate(secret)),
    hasScope: ak.hasScope,
    reserve: (...asked) => {
      reserved += 1;
      return ak.reserve(...asked);
    },
    settle: (...asked) => ak.settle(...asked),
    release: (...asked) => ak.release(...asked),
    extend: (...asked) => ak.extend(...asked),
  };
  const server = await serve(t, adapter, { ak: keys, options: { reserve: 2, ...options }, handle: settleOne });
  assert.equal((await send(server, { key })).status, status);
  assert.equal(reserved, reserves);
  await untilBudget(ak, key, { usedCents: 0, heldCents: 0 });
}

onEvery("a key that is refused while its hold is granted holds nothing", (t, adapter) =>
  check(t, adapter, { validate: async () => ({ valid: false, reason: "revoked" }), status: 401, reserves: 1 }),
);

onEvery("a validation that fails while the hold is granted leaves nothing held", (t, adapter) =>
  check(t, adapter, { validate: () => Promise.reject(new Error("no answer")), status: 500, reserves: 1 }),
);

onEvery("where a scope decides first nothing is held for a key without it", (t, adapter) =>
  check(t, adapter, {
    validate: async (ask) => ({ ...(await ask()), scopes: ["read"] }),
    options: { scope: "write" },
    status: 403,
    reserves: 0,
  }),
);

onEvery("where the amount is told from the request it is not asked before the key is known", (t, adapter) =>
  check(t, adapter, {
    validate: async () => ({ valid: false, reason: "revoked" }),
    options: { reserve: () => assert.fail("asked of a key that is no good") },
    status: 401,
    reserves: 0,
  }),
);

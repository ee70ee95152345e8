// Many calls at once run no more handlers than the cap pays for.
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { onEvery, serve } from "./adapters.mjs";
import { budgetOf, newKeys, send } from "./client.mjs";

const CALLS = 200;

/** One after another: so many sockets at once are enough. */
const calls = (name, body) => onEvery(name, body, { alone: true });

/** 200 calls at once; counts the handlers that ran and the answers by status. */
async function call(t, adapter, { keys, ak, options }) {
  let ran = 0;
  const handle = async ({ hold }) => {
    ran += 1;
    await sleep(20);
    await hold.settle(hold.costCents);
    return { body: {} };
  };
  const server = await serve(t, adapter, { ak, options, handle });
  const sent = Array.from({ length: CALLS }, (_, index) =>
    send(server, { method: "POST", key: keys[index % keys.length] }),
  );
  const answers = await Promise.all(sent);
  const ok = answers.filter(({ status }) => status === 200).length;
  const refused = answers.filter(({ status }) => status === 429).length;
  return { ran, ok, refused };
}

calls("200 calls of 100 on a cap of 1,000: 10 handlers", async (t, adapter) => {
  const { ak } = newKeys();
  const { key } = await ak.create({ accountId: "acme", budgetCents: 1_000 });
  const result = await call(t, adapter, { keys: [key], ak, options: { reserve: 100 } });
  assert.deepEqual(result, { ran: 10, ok: 10, refused: 190 });
  assert.deepEqual(await budgetOf(ak, key), { usedCents: 1_000, heldCents: 0 });
});

calls("200 calls of 300 on a cap of 1,000: 3 handlers", async (t, adapter) => {
  const { ak } = newKeys();
  const { key } = await ak.create({ accountId: "acme", budgetCents: 1_000 });
  const result = await call(t, adapter, { keys: [key], ak, options: { reserve: 300 } });
  assert.deepEqual(result, { ran: 3, ok: 3, refused: 197 });
});

calls("the same over 10 children without caps of their own: their parent's binds", async (t, adapter) => {
  const { ak } = newKeys();
  const parent = await ak.create({ accountId: "acme", budgetCents: 1_000 });
  const children = await Promise.all(
    Array.from({ length: 10 }, () => ak.create({ accountId: "acme", parent: { id: parent.id } })),
  );
  const keys = children.map(({ key }) => key);
  const result = await call(t, adapter, { keys, ak, options: { reserve: 100 } });
  assert.deepEqual(result, { ran: 10, ok: 10, refused: 190 });
  assert.deepEqual(await budgetOf(ak, parent.key), { usedCents: 1_000, heldCents: 0 });
});

// Many calls at once run no more handlers than the cap pays for.
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { agentKeyMiddleware } from "keyrail/express";
import { budgetOf, handler, newKeys, onBoth, send, serve } from "./server.mjs";

const CALLS = 200;

/** 200 calls at once; counts the handlers that ran and the answers by status. */
async function call(t, express, { keys, ak, options }) {
  let ran = 0;
  const server = await serve(t, express, (app) => {
    app.post(
      "/",
      agentKeyMiddleware(ak, options),
      handler(async (req, res) => {
        ran += 1;
        await sleep(20);
        await req.agentKeyHold.settle(req.agentKeyHold.costCents);
        res.json({});
      }),
    );
  });
  const calls = Array.from({ length: CALLS }, (_, index) =>
    send(server, { method: "POST", key: keys[index % keys.length] }),
  );
  const answers = await Promise.all(calls);
  const ok = answers.filter(({ status }) => status === 200).length;
  const refused = answers.filter(({ status }) => status === 429).length;
  return { ran, ok, refused };
}

onBoth("200 calls of 100 on a cap of 1,000: 10 handlers", async (t, express) => {
  const { ak } = newKeys();
  const { key } = await ak.create({ accountId: "acme", budgetCents: 1_000 });
  const result = await call(t, express, { keys: [key], ak, options: { reserve: 100 } });
  assert.deepEqual(result, { ran: 10, ok: 10, refused: 190 });
  assert.deepEqual(await budgetOf(ak, key), { usedCents: 1_000, heldCents: 0 });
});

onBoth("200 calls of 300 on a cap of 1,000: 3 handlers", async (t, express) => {
  const { ak } = newKeys();
  const { key } = await ak.create({ accountId: "acme", budgetCents: 1_000 });
  const result = await call(t, express, { keys: [key], ak, options: { reserve: 300 } });
  assert.deepEqual(result, { ran: 3, ok: 3, refused: 197 });
});

onBoth("the same over 10 children without caps of their own: their parent's binds", async (t, express) => {
  const { ak } = newKeys();
  const parent = await ak.create({ accountId: "acme", budgetCents: 1_000 });
  const children = await Promise.all(
    Array.from({ length: 10 }, () => ak.create({ accountId: "acme", parent: { id: parent.id } })),
  );
  const keys = children.map(({ key }) => key);
  const result = await call(t, express, { keys, ak, options: { reserve: 100 } });
  assert.deepEqual(result, { ran: 10, ok: 10, refused: 190 });
  assert.deepEqual(await budgetOf(ak, parent.key), { usedCents: 1_000, heldCents: 0 });
});

// What only Express can do around an answer: rejections that it catches, `next(error)`, work behind `res.json()`.
import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import express5 from "express5";
import { agentKeyMiddleware } from "keyrail/express";
import { begin, handler, newKeys, onBoth, send, serve, untilBudget } from "./server.mjs";

/** One call on a cap of 1,000 with 100 reserved; then `used` cents are spent and none is held. */
async function check(t, express, { handle, status, used }) {
  const { ak, notices } = newKeys();
  const { key } = await ak.create({ accountId: "acme", budgetCents: 1_000 });
  const server = await serve(t, express, (app) => app.get("/", agentKeyMiddleware(ak, { reserve: 100 }), handle));
  assert.equal((await send(server, { key })).status, status);
  await untilBudget(ak, key, { usedCents: used, heldCents: 0 });
  assert.deepEqual(notices, []);
}

test("Express 5: an async function that rejects, with nothing around it: released", (t) =>
  check(t, express5, {
    handle: async () => {
      await sleep(10);
      throw new Error("broken");
    },
    status: 500,
    used: 0,
  }));

onBoth("next(error): released", (t, express) =>
  check(t, express, { handle: (_req, _res, next) => next(new Error("broken")), status: 500, used: 0 }),
);

onBoth("the handler settles right after its answer", (t, express) =>
  check(t, express, {
    handle: handler(async (req, res) => {
      res.json({});
      await req.agentKeyHold.settle(20);
    }),
    status: 200,
    used: 20,
  }),
);

onBoth("an answer of 503 and a handler that works on: its settle is charged", (t, express) =>
  check(t, express, {
    handle: handler(async (req, res) => {
      res.status(503).end();
      await sleep(50);
      await req.agentKeyHold.settle(80);
    }),
    status: 503,
    used: 80,
  }),
);

onBoth("a handler that breaks its own answer off: the hold is kept", async (t, express) => {
  const { ak } = newKeys();
  const { key } = await ak.create({ accountId: "acme", budgetCents: 1_000 });
  const server = await serve(t, express, (app) => {
    app.get("/", agentKeyMiddleware(ak, { reserve: 100 }), (_req, res) => res.destroy());
  });
  const outgoing = begin(server, { key });
  await once(outgoing, "error");
  await untilBudget(ak, key, { usedCents: 0, heldCents: 100 });
});

// Express 4 takes no rejection of a middleware: one would end the process, and so the run of these tests.
onBoth("a request that takes no member from the guard: 500, and its money is free", async (t, express) => {
  const { ak } = newKeys();
  const { key } = await ak.create({ accountId: "acme", budgetCents: 1_000 });
  const server = await serve(t, express, (app) => {
    Object.defineProperty(app.request, "agentKey", { get: () => "somebody else's" });
    app.get("/", agentKeyMiddleware(ak, { reserve: 100 }), () => assert.fail("the handler was reached"));
  });
  assert.equal((await send(server, { key })).status, 500);
  await untilBudget(ak, key, { usedCents: 0, heldCents: 0 });
});

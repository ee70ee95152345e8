// An answer of 500 or more while the work goes on, as a time limit gives it: the money stays held until then.
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { agentKeyMiddleware } from "keyrail/express";
import { budgetOf, handler, newKeys, onBoth, send, serve, untilBudget } from "./server.mjs";

const WORK_MS = 150;

/** Where the guard may stand before the handler. */
const places = {
  "in the route": (app, _express, guard, work) => app.get("/", guard, work),
  "before every route": (app, _express, guard, work) => app.use(guard).get("/", work),
  "before a router": (app, express, guard, work) => app.use("/", guard, express.Router().get("/", work)),
  "before a handler of all methods": (app, _express, guard, work) => app.use(guard).all("/", work),
};

for (const [place, mount] of Object.entries(places)) {
  onBoth(`the guard ${place}: held while the handler works, released when it has ended`, async (t, express) => {
    const { ak, notices } = newKeys();
    const { key } = await ak.create({ accountId: "acme", budgetCents: 1_000 });
    const work = handler(async (_req, res) => {
      res.status(503).end();
      await sleep(WORK_MS);
    });
    const server = await serve(t, express, (app) =>
      mount(app, express, agentKeyMiddleware(ak, { reserve: 100 }), work),
    );
    for (let round = 0; round < 2; round++) {
      assert.equal((await send(server, { key })).status, 503);
      await sleep(WORK_MS / 3);
      assert.deepEqual(await budgetOf(ak, key), { usedCents: 0, heldCents: 100 });
      await untilBudget(ak, key, { usedCents: 0, heldCents: 0 });
    }
    assert.deepEqual(notices, []);
  });
}

onBoth("the handler settles when its work is done: in time, not late", async (t, express) => {
  const { ak } = newKeys();
  const { key } = await ak.create({ accountId: "acme", budgetCents: 1_000 });
  let settled;
  const server = await serve(t, express, (app) => {
    const work = handler(async (req, res) => {
      res.status(503).end();
      await sleep(WORK_MS);
      settled = await req.agentKeyHold.settle(80);
    });
    app.get("/", agentKeyMiddleware(ak, { reserve: 100 }), work);
  });
  await send(server, { key });
  await untilBudget(ak, key, { usedCents: 80, heldCents: 0 });
  assert.equal(settled.late, false);
});

onBoth("requests at once wait for their own handlers", async (t, express) => {
  const { ak } = newKeys();
  const keys = await Promise.all([1, 2].map(() => ak.create({ accountId: "acme", budgetCents: 100 })));
  const server = await serve(t, express, (app) => {
    const work = handler(async (req, res) => {
      res.status(500).end();
      await sleep(Number(req.get("x-ms")));
    });
    app.get("/", agentKeyMiddleware(ak, { reserve: 100 }), work);
  });
  const [short, long] = keys.map(({ key }) => key);
  await Promise.all([
    send(server, { key: short, headers: { "x-ms": "0" } }),
    send(server, { key: long, headers: { "x-ms": "300" } }),
  ]);
  await untilBudget(ak, short, { usedCents: 0, heldCents: 0 });
  assert.deepEqual(await budgetOf(ak, long), { usedCents: 0, heldCents: 100 });
  await untilBudget(ak, long, { usedCents: 0, heldCents: 0 });
});

onBoth("a handler that never ends: its hold ends with its time", async (t, express) => {
  const { ak } = newKeys();
  const { key } = await ak.create({ accountId: "acme", budgetCents: 1_000 });
  const server = await serve(t, express, (app) => {
    const work = handler((_req, res) => {
      res.status(503).end();
      return new Promise(() => {});
    });
    app.get("/", agentKeyMiddleware(ak, { reserve: 100, ttl: "1s" }), work);
  });
  await send(server, { key });
  assert.deepEqual(await budgetOf(ak, key), { usedCents: 0, heldCents: 100 });
  await untilBudget(ak, key, { usedCents: 0, heldCents: 0 });
});

onBoth("handlers of errors still are such", async (t, express) => {
  const { ak } = newKeys();
  const { key } = await ak.create({ accountId: "acme", budgetCents: 1_000 });
  const server = await serve(t, express, (app) => {
    const fail = handler(() => Promise.reject(new Error("broken")));
    const mend = (error, _req, res, _next) => res.status(500).json({ mended: error.message });
    app.get("/", agentKeyMiddleware(ak, { reserve: 100 }), fail, mend);
  });
  assert.deepEqual((await send(server, { key })).body, { mended: "broken" });
  await untilBudget(ak, key, { usedCents: 0, heldCents: 0 });
});

onBoth("two guards of one route: both holds last until the handler has ended", async (t, express) => {
  const { ak } = newKeys();
  const { key } = await ak.create({ accountId: "acme", budgetCents: 1_000 });
  const guard = agentKeyMiddleware(ak, { reserve: 100 });
  const work = handler(async (_req, res) => {
    res.status(503).end();
    await sleep(WORK_MS);
  });
  const server = await serve(t, express, (app) => app.get("/", guard, guard, work));
  await send(server, { key });
  await sleep(WORK_MS / 3);
  assert.deepEqual(await budgetOf(ak, key), { usedCents: 0, heldCents: 200 });
  await untilBudget(ak, key, { usedCents: 0, heldCents: 0 });
});

// A hold lasts as long as the answer is open, and no longer.
import assert from "node:assert/strict";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { agentKeyMiddleware } from "keyrail/express";
import { begin, budgetOf, handler, newKeys, onBoth, send, serve, untilBudget } from "./server.mjs";

onBoth("a streaming handler that outlasts the time of its hold", async (t, express) => {
  const { ak, notices } = newKeys();
  const { key } = await ak.create({ accountId: "acme", budgetCents: 100 });
  const expiries = [];
  const server = await serve(t, express, (app) => {
    app.get(
      "/",
      agentKeyMiddleware(ak, { reserve: 100, ttl: "1s" }),
      handler(async (req, res) => {
        for (let part = 0; part < 6; part++) {
          res.write(`part ${part}\n`);
          await sleep(400);
          expiries.push(Date.parse(req.agentKeyHold.expiresAt));
          assert.deepEqual(await budgetOf(ak, key), { usedCents: 0, heldCents: 100 });
        }
        const settled = await req.agentKeyHold.settle(90);
        assert.deepEqual(settled, { success: true, costCents: 90, overdraftCents: 0, late: false });
        res.end();
      }),
    );
  });
  assert.equal((await send(server, { key })).status, 200);
  assert.ok(expiries[5] > expiries[0] + 1_000, "the handler sees the new time");
  await untilBudget(ak, key, { usedCents: 90, heldCents: 0 });
  assert.deepEqual(notices, []);
});

onBoth("a settled hold is not extended any more", async (t, express) => {
  const { ak } = newKeys();
  const { key } = await ak.create({ accountId: "acme", budgetCents: 100 });
  const extend = t.mock.method(ak, "extend");
  const server = await serve(t, express, (app) => {
    app.get(
      "/",
      agentKeyMiddleware(ak, { reserve: 100, ttl: "1s" }),
      handler(async (req, res) => {
        await req.agentKeyHold.settle(1);
        await sleep(800);
        res.end();
      }),
    );
  });
  await send(server, { key });
  assert.equal(extend.mock.callCount(), 0);
});

onBoth("a handler that never answers keeps its hold until the client leaves", async (t, express) => {
  const { ak } = newKeys();
  const { key } = await ak.create({ accountId: "acme", budgetCents: 100 });
  const server = await serve(t, express, (app) => {
    app.get("/", agentKeyMiddleware(ak, { reserve: 100, ttl: "1s" }), () => {});
  });
  const outgoing = begin(server, { key });
  outgoing.on("error", () => {});
  await sleep(1_700);
  assert.deepEqual(await budgetOf(ak, key), { usedCents: 0, heldCents: 100 });
  outgoing.destroy();
  await untilBudget(ak, key, { usedCents: 0, heldCents: 0 });
});

onBoth("an extend that fails is told once and harms no request", async (t, express) => {
  const { ak, notices } = newKeys();
  const { key } = await ak.create({ accountId: "acme", budgetCents: 100 });
  t.mock.method(ak, "extend", () => Promise.reject(new Error("connection lost")));
  const server = await serve(t, express, (app) => {
    app.get(
      "/",
      agentKeyMiddleware(ak, { reserve: 100, ttl: "1s" }),
      handler(async (req, res) => {
        await sleep(1_700);
        assert.equal((await req.agentKeyHold.settle(90)).late, true);
        res.end();
      }),
    );
  });
  assert.equal((await send(server, { key })).status, 200);
  assert.deepEqual(notices, ["hold_not_extended"]);
  await untilBudget(ak, key, { usedCents: 90, heldCents: 0 });
});

onBoth("a settle that the store loses is repeated with the handler's amount", async (t, express) => {
  const { ak, notices } = newKeys();
  const { key } = await ak.create({ accountId: "acme", budgetCents: 100 });
  const settle = ak.settle.bind(ak);
  let failures = 2;
  t.mock.method(ak, "settle", (...given) =>
    failures-- > 0 ? Promise.reject(new Error("connection lost")) : settle(...given),
  );
  const server = await serve(t, express, (app) => {
    app.get("/", agentKeyMiddleware(ak, { reserve: 100 }), (req, res) => {
      // Not awaited: a fault of the store must not take the process down.
      void req.agentKeyHold.settle(42);
      res.end();
    });
  });
  assert.equal((await send(server, { key })).status, 200);
  await untilBudget(ak, key, { usedCents: 42, heldCents: 0 });
  assert.deepEqual(notices, []);
});

onBoth("a hold that cannot be ended is told", async (t, express) => {
  const { ak, notices } = newKeys();
  const { key } = await ak.create({ accountId: "acme", budgetCents: 100 });
  t.mock.timers.enable({ apis: ["setTimeout"] });
  t.mock.method(ak, "settle", () => Promise.reject(new Error("connection lost")));
  const server = await serve(t, express, (app) => {
    app.get("/", agentKeyMiddleware(ak, { reserve: 100 }), (_req, res) => res.end());
  });
  const outgoing = begin(server, { key });
  const [incoming] = await once(outgoing, "response");
  incoming.resume();
  t.after(() => t.mock.timers.reset());
  const deadline = Date.now() + 5_000;
  while (notices.length === 0 && Date.now() < deadline) {
    t.mock.timers.tick(10_000);
    await new Promise((resolve) => setImmediate(resolve));
  }
  assert.deepEqual(notices, ["hold_unsettled"]);
  assert.deepEqual(await budgetOf(ak, key), { usedCents: 0, heldCents: 100 });
});

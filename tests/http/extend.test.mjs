// A hold lasts as long as the answer is open, and no longer.
import assert from "node:assert/strict";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { onEvery, serve } from "./adapters.mjs";
import { begin, budgetOf, newKeys, send, untilBudget } from "./client.mjs";

onEvery("a streaming handler that outlasts the time of its hold", async (t, adapter) => {
  const { ak, notices } = newKeys();
  const { key } = await ak.create({ accountId: "acme", budgetCents: 100 });
  const expiries = [];
  async function* parts(hold) {
    for (let part = 0; part < 6; part++) {
      yield `part ${part}\n`;
      await sleep(400);
      expiries.push(Date.parse(hold.expiresAt));
      assert.deepEqual(await budgetOf(ak, key), { usedCents: 0, heldCents: 100 });
    }
    const settled = await hold.settle(90);
    assert.deepEqual(settled, { success: true, costCents: 90, overdraftCents: 0, late: false });
  }
  const handle = ({ hold }) => ({ body: parts(hold) });
  const server = await serve(t, adapter, { ak, options: { reserve: 100, ttl: "1s" }, handle });
  assert.equal((await send(server, { key })).status, 200);
  assert.ok(expiries[5] > expiries[0] + 1_000, "the handler sees the new time");
  await untilBudget(ak, key, { usedCents: 90, heldCents: 0 });
  assert.deepEqual(notices, []);
});

onEvery("a settled hold is not extended any more", async (t, adapter) => {
  const { ak } = newKeys();
  const { key } = await ak.create({ accountId: "acme", budgetCents: 100 });
  const extend = t.mock.method(ak, "extend");
  const handle = async ({ hold }) => {
    await hold.settle(1);
    await sleep(800);
  };
  const server = await serve(t, adapter, { ak, options: { reserve: 100, ttl: "1s" }, handle });
  await send(server, { key });
  assert.equal(extend.mock.callCount(), 0);
});

onEvery("a handler that never answers keeps its hold until the client leaves", async (t, adapter) => {
  const { ak } = newKeys();
  const { key } = await ak.create({ accountId: "acme", budgetCents: 100 });
  const handle = () => new Promise(() => {});
  const server = await serve(t, adapter, { ak, options: { reserve: 100, ttl: "1s" }, handle });
  const outgoing = begin(server, { key });
  outgoing.on("error", () => {});
  await sleep(1_700);
  assert.deepEqual(await budgetOf(ak, key), { usedCents: 0, heldCents: 100 });
  outgoing.destroy();
  await untilBudget(ak, key, { usedCents: 0, heldCents: 0 });
});

onEvery("an extend that fails is told once and harms no request", async (t, adapter) => {
  const { ak, notices } = newKeys();
  const { key } = await ak.create({ accountId: "acme", budgetCents: 100 });
  t.mock.method(ak, "extend", () => Promise.reject(new Error("connection lost")));
  const handle = async ({ hold }) => {
    await sleep(1_700);
    assert.equal((await hold.settle(90)).late, true);
  };
  const server = await serve(t, adapter, { ak, options: { reserve: 100, ttl: "1s" }, handle });
  assert.equal((await send(server, { key })).status, 200);
  assert.deepEqual(notices, ["hold_not_extended"]);
  await untilBudget(ak, key, { usedCents: 90, heldCents: 0 });
});

onEvery("a settle that the store loses is repeated with the handler's amount", async (t, adapter) => {
  const { ak, notices } = newKeys();
  const { key } = await ak.create({ accountId: "acme", budgetCents: 100 });
  const settle = ak.settle.bind(ak);
  let failures = 2;
  t.mock.method(ak, "settle", (...given) =>
    failures-- > 0 ? Promise.reject(new Error("connection lost")) : settle(...given),
  );
  const handle = ({ hold }) => {
    // Not awaited: a fault of the store must not take the process down.
    void hold.settle(42);
  };
  const server = await serve(t, adapter, { ak, options: { reserve: 100 }, handle });
  assert.equal((await send(server, { key })).status, 200);
  await untilBudget(ak, key, { usedCents: 42, heldCents: 0 });
  assert.deepEqual(notices, []);
});

/** Alone, since it turns the clock of the whole process. */
onEvery(
  "a hold that cannot be ended is told",
  async (t, adapter) => {
    const { ak, notices } = newKeys();
    const { key } = await ak.create({ accountId: "acme", budgetCents: 100 });
    t.mock.timers.enable({ apis: ["setTimeout"] });
    t.mock.method(ak, "settle", () => Promise.reject(new Error("connection lost")));
    const server = await serve(t, adapter, { ak, options: { reserve: 100 }, handle: () => ({}) });
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
  },
  { alone: true },
);

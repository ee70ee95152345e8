// Input that is made to confuse: texts that throw, arrays that lie, switches that are no booleans, secrets in the wrong place.
import assert from "node:assert/strict";
import { test } from "node:test";
import { AgentKey, KeyrailError } from "keyrail";
import { memory } from "keyrail/stores/memory";

const withoutText = Object.create(null);
const throwing = {
  toString() {
    throw new Error("no text");
  },
};

async function keys() {
  const ak = new AgentKey({ store: memory() });
  const { key, id } = await ak.create({ accountId: "acme", budgetCents: 100 });
  return { ak, key, id };
}

test("what has no text is refused by name, like any other wrong value", async () => {
  const { ak, key } = await keys();
  for (const value of [withoutText, throwing, Symbol("s"), () => 1, new Proxy({}, {})]) {
    const calls = [
      () => ak.create({ accountId: value }),
      () => ak.create({ accountId: "a", name: value }),
      () => ak.create({ accountId: "a", scopes: value }),
      () => ak.create({ accountId: "a", scopes: [value] }),
      () => ak.create({ accountId: "a", budgetCents: value }),
      () => ak.create({ accountId: "a", budgetPeriod: value }),
      () => ak.create({ accountId: "a", onExceed: value }),
      () => ak.create({ accountId: "a", parent: { id: value } }),
      () => ak.ensureSubject(value),
      () => ak.setBudget({ key }, { budgetWindow: value }),
      () => ak.setBudget({ key }, { budgetTimeZone: value }),
      () => ak.trackUsage(key, { costCents: 1, idempotencyKey: value }),
      async () => new AgentKey({ store: memory(), costRounding: value }),
    ];
    for (const call of calls) await assert.rejects(call, KeyrailError, String(call));
  }
});

test("no error shows more of a secret than its display prefix", async () => {
  const { ak, key } = await keys();
  const calls = [
    () => ak.revoke(key),
    () => ak.subtree({ id: key }),
    () => ak.budgets({ subject: key.repeat(30) }),
    () => ak.create({ accountId: key.repeat(30) }),
    () => ak.create({ accountId: "a", scopes: key }),
    () => ak.create({ accountId: "a", budgetCents: key }),
    () => ak.setBudget({ key }, { budgetWindow: key }),
    () => ak.trackUsage(key, { costCents: 1, idempotencyKey: key.repeat(30) }),
  ];
  for (const call of calls) {
    await assert.rejects(call, (error) => error instanceof KeyrailError && !error.message.includes(key.slice(0, 12)));
  }
});

test("only true lifts a cap: overdraft of another kind is refused", async () => {
  const { ak, key } = await keys();
  for (const overdraft of ["false", "true", 1, 0, [], {}]) {
    await assert.rejects(ak.trackUsage(key, { costCents: 500, overdraft }), { code: "invalid_option" });
  }
  for (const overdraft of [undefined, null, false]) {
    assert.equal((await ak.trackUsage(key, { costCents: 500, overdraft })).reason, "budget_exceeded");
  }
  assert.equal((await ak.budgets({ key }))[0].usedCents, 0);
});

test("arrays with gaps, or that answer for themselves, are no scopes", async () => {
  const { ak } = await keys();
  class Liar extends Array {
    every() {
      return true;
    }
  }
  for (const scopes of [new Array(3), Object.assign([], { 1: "a" }), Liar.from([1, {}])]) {
    await assert.rejects(ak.create({ accountId: "a", scopes }), { code: "invalid_scopes" });
  }
});

test("metadata that changes while it is read is taken as it was checked", async () => {
  const { ak, key } = await keys();
  let reads = 0;
  const metadata = {
    get kind() {
      reads += 1;
      return reads === 1 ? "chat" : { not: "checked" };
    },
  };
  assert.equal((await ak.trackUsage(key, { costCents: 1, metadata })).success, true);
  assert.equal(reads, 1);
});

test("a clock that throws or gives nonsense is named, and costs nobody else his answer", async () => {
  const store = memory();
  const good = new AgentKey({ store });
  const { key } = await good.create({ accountId: "a", budgetCents: 100 });
  for (const time of [undefined, null, "5", 5n, Number.NaN, 8.64e15, Date.now() * 1_000, withoutText]) {
    const ak = new AgentKey({ store, clock: () => time });
    await assert.rejects(ak.trackUsage(key, { costCents: 1 }), { code: "clock_off" });
  }
  const clock = () => {
    throw new Error("no time");
  };
  await assert.rejects(new AgentKey({ store, clock }).trackUsage(key, { costCents: 1 }), { code: "clock_off" });
  assert.equal((await good.trackUsage(key, { costCents: 1 })).budgetUsedCents, 1);
});

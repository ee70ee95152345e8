// Idempotency keys: one effect, the first answer again, and no key that means two things.
import assert from "node:assert/strict";
import { test } from "node:test";
import { entriesOf, HOUR, money, newWorld } from "./world.mjs";

async function newKey(options = {}) {
  const world = newWorld();
  const made = await world.ak.create({ accountId: "acme", budgetCents: 100, ...options });
  const charge = (costCents, idempotencyKey = "k") => world.ak.trackUsage(made.key, { costCents, idempotencyKey });
  const reserve = (costCents, idempotencyKey = "k", more = {}) =>
    world.ak.reserve(made.key, { costCents, idempotencyKey, ...more });
  return { ...world, ...made, charge, reserve };
}

const REUSED = { success: false, reason: "idempotency_key_reused" };

test("50 parallel charges with one key are one charge and one answer", async () => {
  const { ak, store, id, charge } = await newKey();
  const answers = await Promise.all(Array.from({ length: 50 }, () => charge(7)));
  for (const answer of answers) assert.deepEqual(answer, answers[0]);
  assert.deepEqual(await money(ak, { id }), [7, 0, 93]);
  assert.equal((await entriesOf(store, id)).filter(({ entryKind }) => entryKind === "charge").length, 1);
});

test("50 parallel reserves with one key are one hold", async () => {
  const { ak, id, reserve } = await newKey();
  const answers = await Promise.all(Array.from({ length: 50 }, () => reserve(7)));
  for (const answer of answers) assert.deepEqual(answer, answers[0]);
  assert.deepEqual(await money(ak, { id }), [0, 7, 93]);
});

test("in parallel the first amount wins and the others are told", async () => {
  const { ak, id, charge } = await newKey();
  const answers = await Promise.all([charge(7), charge(8), charge(7), charge(9)]);
  assert.deepEqual(answers[2], answers[0]);
  assert.deepEqual([answers[1], answers[3]], [REUSED, REUSED]);
  assert.deepEqual(await money(ak, { id }), [7, 0, 93]);
});

test("a replay gives the figures of the first answer, whatever has happened since", async () => {
  const { ak, key, id, charge, clock } = await newKey({ budgetPeriod: "hour" });
  const first = await charge(60);
  assert.deepEqual([first.budgetUsedCents, first.budgetRemainingCents], [60, 40]);
  await ak.trackUsage(key, { costCents: 40 });
  assert.deepEqual(await charge(60), first, "although nothing is left");
  await ak.setBudget({ id }, { budgetCents: 1 });
  clock.now += HOUR;
  assert.deepEqual(await charge(60), first, "in another window");
  await ak.revoke(id);
  assert.deepEqual(await charge(60), first, "although the key is revoked");
  assert.deepEqual(await charge(61), REUSED);
});

test("a replay from another process gives the same", async () => {
  const { store, clock, key, charge, reserve } = await newKey();
  const [charged, held] = [await charge(60), await reserve(40)];
  const other = newWorld({ store, at: clock.now }).ak;
  assert.deepEqual(await other.trackUsage(key, { costCents: 60, idempotencyKey: "k" }), charged);
  assert.deepEqual(await other.reserve(key, { costCents: 40, idempotencyKey: "k" }), held);
  assert.deepEqual(await other.reserve(key, { costCents: 41, idempotencyKey: "k" }), REUSED);
});

test("a reserve replays its hold and what has become of it", async () => {
  const { ak, id, clock, reserve } = await newKey();
  const states = async (key, step) => {
    const first = await reserve(10, key, { ttl: "1m" });
    assert.equal(first.hold.state, "open");
    await step(first.hold);
    const again = await reserve(10, key, { ttl: "1m" });
    assert.equal(again.hold.id, first.hold.id);
    return again.hold.state;
  };
  assert.equal(await states("a", () => undefined), "open");
  assert.equal(await states("b", (hold) => ak.release(hold.id)), "released");
  assert.equal(await states("c", (hold) => ak.settle(hold.id, { costCents: 3 })), "settled");
  const expired = await states("d", (hold) => {
    clock.now = Date.parse(hold.expiresAt);
  });
  assert.equal(expired, "expired");
  assert.deepEqual(await money(ak, { id }), [3, 0, 97]);
});

test("a key belongs to one method and one node", async () => {
  const { ak, id, charge, reserve } = await newKey();
  const child = await ak.create({ accountId: "acme", parent: { id } });
  await charge(1);
  assert.equal((await reserve(2)).success, true);
  assert.equal((await ak.trackUsage(child.key, { costCents: 3, idempotencyKey: "k" })).success, true);
  assert.equal((await ak.reserve(child.key, { costCents: 4, idempotencyKey: "k" })).success, true);
  assert.deepEqual(await money(ak, { id }), [4, 6, 90]);
});

test("keys that differ by case, by spaces or by Unicode form are different keys", async () => {
  const { ak, id, charge } = await newKey();
  for (const key of ["k", "K", "k ", " k", "\u00e9", "e\u0301", "__proto__", "k\u0001"]) await charge(1, key);
  assert.deepEqual(await money(ak, { id }), [8, 0, 92]);
});

test("a refusal is not remembered", async () => {
  const { ak, id, charge, reserve } = await newKey();
  assert.equal((await charge(150)).reason, "budget_exceeded");
  assert.equal((await reserve(150)).reason, "budget_exceeded");
  assert.equal((await charge(90)).success, true, "another amount, since nothing was recorded");
  await ak.setBudget({ id }, { budgetCents: 1_000 });
  assert.equal((await reserve(150)).success, true);
  assert.deepEqual(await money(ak, { id }), [90, 150, 760]);
});

test("amounts are compared in microcents", async () => {
  const { charge } = await newKey();
  const first = await charge(0.1);
  assert.deepEqual(await charge(0.1), first);
  assert.deepEqual(await charge(0.100_001), REUSED);
  // Both mean 0.300001 cents, since a rest below a microcent rounds up.
  const sum = await charge(0.1 + 0.2, "sum");
  assert.deepEqual(await charge(0.300_001, "sum"), sum);
});

test("no amount is remembered for a free charge", async () => {
  const { ak, id, charge } = await newKey();
  assert.deepEqual(await charge(0), { success: true });
  assert.equal((await charge(5)).success, true);
  assert.deepEqual(await money(ak, { id }), [5, 0, 95]);
});

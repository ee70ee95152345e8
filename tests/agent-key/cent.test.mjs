// costRounding "cent": whole cents as the original billed them; "exact" to the microcent.
import assert from "node:assert/strict";
import { test } from "node:test";
import { KeyrailError } from "keyrail";
import { money, newWorld } from "./world.mjs";

async function newKey(costRounding, budgetCents = 100) {
  const world = newWorld({ costRounding });
  const { key } = await world.ak.create({ accountId: "acme", budgetCents });
  return { ...world, key };
}

test("exact: a thousand charges of a thousandth cost one cent", async () => {
  const { ak, key } = await newKey("exact");
  await Promise.all(Array.from({ length: 1_000 }, () => ak.trackUsage(key, { costCents: 0.001 })));
  assert.deepEqual(await money(ak, { key }), [1, 0, 99]);
});

test("cent: charges, reserves, extends and settles round up", async () => {
  const { ak, key } = await newKey("cent");
  const charged = await ak.trackUsage(key, { costCents: 0.001 });
  assert.deepEqual([charged.budgetUsedCents, charged.budgetRemainingCents], [1, 99]);
  const { hold } = await ak.reserve(key, { costCents: 10.2 });
  assert.equal(hold.costCents, 11);
  assert.equal((await ak.extend(hold.id, { costCents: 20.000_001 })).hold.costCents, 21);
  assert.equal((await ak.settle(hold.id, { costCents: 1.5 })).costCents, 2);
  assert.deepEqual(await money(ak, { key }), [3, 0, 97]);
});

test("cent: a partial hold rounds down", async () => {
  const { ak, store, clock, key } = await newKey("cent");
  const exact = newWorld({ store, at: clock.now }).ak;
  await exact.trackUsage(key, { costCents: 95.5 });
  assert.equal((await ak.reserve(key, { costCents: 10, atLeastCents: 4.5 })).reason, "budget_exceeded");
  const { hold } = await ak.reserve(key, { costCents: 10, atLeastCents: 3.2 });
  assert.equal(hold.costCents, 4);
});

test("cent: an idempotency key compares the amount as it was asked", async () => {
  const { ak, key } = await newKey("cent");
  const charge = (costCents) => ak.trackUsage(key, { costCents, idempotencyKey: "a" });
  const first = await charge(1.2);
  assert.deepEqual(await charge(1.2), first);
  assert.deepEqual(await charge(1.3), { success: false, reason: "idempotency_key_reused" });
  assert.deepEqual(await money(ak, { key }), [2, 0, 98]);
});

test("another rounding is refused", () => {
  assert.throws(
    () => newWorld({ costRounding: "dollar" }),
    (error) => error instanceof KeyrailError && error.code === "invalid_option",
  );
});

// Budget windows at a clock that the test moves: exact instants, no drift, no re-anchoring.
import assert from "node:assert/strict";
import { test } from "node:test";
import { DAY, edit, HOUR, iso, money, newWorld, ownBudget } from "./world.mjs";

/** Creates a budget of 100 at `at`; each row: an instant, and the window that it lies in. */
function check(title, { at, options }, table) {
  test(title, async () => {
    const { ak, clock } = newWorld({ at });
    const { id } = await ak.create({ accountId: "acme", budgetCents: 100, ...options });
    for (const [now, windowStart, resetAt] of table) {
      clock.now = Date.parse(now);
      const budget = await ownBudget(ak, { id });
      assert.deepEqual([budget.windowStart, budget.resetAt], [iso(windowStart), iso(resetAt)], now);
    }
  });
}

check(
  "a month from the 31st keeps its day over short months",
  { at: "2026-01-31T10:30:00Z", options: { budgetPeriod: "month" } },
  [
    ["2026-01-31T10:30:00Z", "2026-01-31T10:30:00Z", "2026-02-28T10:30:00Z"],
    ["2026-02-28T10:29:59.999Z", "2026-01-31T10:30:00Z", "2026-02-28T10:30:00Z"],
    ["2026-02-28T10:30:00Z", "2026-02-28T10:30:00Z", "2026-03-31T10:30:00Z"],
    ["2026-03-31T10:29:59.999Z", "2026-02-28T10:30:00Z", "2026-03-31T10:30:00Z"],
    ["2026-03-31T10:30:00Z", "2026-03-31T10:30:00Z", "2026-04-30T10:30:00Z"],
    ["2026-12-31T10:30:00Z", "2026-12-31T10:30:00Z", "2027-01-31T10:30:00Z"],
    ["2028-02-29T10:30:00Z", "2028-02-29T10:30:00Z", "2028-03-31T10:30:00Z"],
  ],
);

check("a day keeps its time of day", { at: "2026-03-28T23:59:59.999Z", options: { budgetPeriod: "day" } }, [
  ["2026-03-29T23:59:59.998Z", "2026-03-28T23:59:59.999Z", "2026-03-29T23:59:59.999Z"],
  ["2026-03-29T23:59:59.999Z", "2026-03-29T23:59:59.999Z", "2026-03-30T23:59:59.999Z"],
  ["2026-05-01T00:00:00Z", "2026-04-30T23:59:59.999Z", "2026-05-01T23:59:59.999Z"],
]);

check("a week and an hour", { at: "2026-01-15T10:30:00Z", options: { budgetPeriod: "week" } }, [
  ["2026-01-22T10:29:59.999Z", "2026-01-15T10:30:00Z", "2026-01-22T10:30:00Z"],
  ["2026-01-22T10:30:00Z", "2026-01-22T10:30:00Z", "2026-01-29T10:30:00Z"],
]);

check(
  "calendar months begin on the first",
  { at: "2026-01-31T10:30:00Z", options: { budgetPeriod: "month", budgetWindow: "calendar" } },
  [
    ["2026-01-31T10:30:00Z", "2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z"],
    ["2026-02-01T00:00:00Z", "2026-02-01T00:00:00Z", "2026-03-01T00:00:00Z"],
  ],
);

check(
  "calendar weeks begin on Monday",
  { at: "2026-11-22T12:00:00Z", options: { budgetPeriod: "week", budgetWindow: "calendar" } },
  [
    ["2026-11-22T23:59:59.999Z", "2026-11-16T00:00:00Z", "2026-11-23T00:00:00Z"],
    ["2026-11-23T00:00:00Z", "2026-11-23T00:00:00Z", "2026-11-30T00:00:00Z"],
  ],
);

/** A key of 100 cents an hour, and its other process on the same store. */
async function hourly(options = {}) {
  const world = newWorld();
  const made = await world.ak.create({ accountId: "acme", budgetCents: 100, budgetPeriod: "hour", ...options });
  return { ...world, ...made, start: world.clock.now, money: () => money(world.ak, { id: made.id }) };
}

test("a window is whole again at its very instant and not a millisecond before", async () => {
  const one = await hourly();
  await one.ak.trackUsage(one.key, { costCents: 100 });
  one.clock.now = one.start + HOUR - 1;
  assert.equal((await one.ak.trackUsage(one.key, { costCents: 1 })).reason, "budget_exceeded");
  assert.equal((await one.ak.validate(one.key)).reason, "budget_exceeded");
  one.clock.now += 1;
  assert.equal((await one.ak.validate(one.key)).valid, true);
  assert.deepEqual(await one.money(), [0, 0, 100]);
  assert.equal((await one.ak.trackUsage(one.key, { costCents: 100 })).success, true);
});

test("a late charge does not move the window", async () => {
  const one = await hourly();
  one.clock.now = one.start + 5.5 * HOUR;
  await one.ak.trackUsage(one.key, { costCents: 1 });
  const { windowStart, resetAt } = await ownBudget(one.ak, { id: one.id });
  assert.deepEqual([windowStart, resetAt], [iso(one.start + 5 * HOUR), iso(one.start + 6 * HOUR)]);
});

test("holds of the old window are gone from the new one, and their release frees nothing there", async () => {
  const one = await hourly();
  const { hold } = await one.ak.reserve(one.key, { costCents: 80, ttl: "3h" });
  one.clock.now = one.start + HOUR;
  await one.ak.reserve(one.key, { costCents: 30, ttl: "3h" });
  assert.deepEqual(await one.ak.release(hold.id), { success: true, releasedCents: 80 });
  assert.deepEqual(await one.money(), [0, 30, 70]);
});

test("a clock behind a window that was rolled stays in the new window", async () => {
  const one = await hourly();
  one.clock.now = one.start + HOUR;
  await one.ak.trackUsage(one.key, { costCents: 100 });
  const behind = newWorld({ store: one.store, at: one.start + HOUR - 5_000 }).ak;
  assert.equal((await behind.trackUsage(one.key, { costCents: 1 })).reason, "budget_exceeded");
  assert.deepEqual(await money(behind, { id: one.id }), [100, 0, 0]);
});

test("each ancestor counts in a window of its own", async () => {
  const { ak, clock, start } = await hourly();
  const root = await ak.create({ accountId: "b", budgetCents: 150, budgetPeriod: "day" });
  const child = await ak.create({ accountId: "b", parent: { id: root.id }, budgetCents: 100, budgetPeriod: "hour" });
  const charge = (costCents) => ak.trackUsage(child.key, { costCents });
  assert.equal((await charge(100)).success, true);
  assert.equal((await charge(1)).binding.id, child.id);
  clock.now = start + HOUR;
  assert.equal((await charge(50)).success, true);
  assert.equal((await charge(1)).binding.id, root.id, "the hour has room, the day has none");
  clock.now = start + DAY;
  assert.equal((await charge(100)).success, true);
  assert.deepEqual(await money(ak, { id: root.id }), [100, 0, 50]);
});

test("setBudget changes the windows and keeps what was spent and held", async () => {
  const one = await hourly();
  await one.ak.trackUsage(one.key, { costCents: 40 });
  await one.ak.reserve(one.key, { costCents: 10 });
  const changed = await one.ak.setBudget({ id: one.id }, { budgetPeriod: "day", budgetWindow: "calendar" });
  assert.deepEqual(
    [changed.period, changed.resetAt, changed.usedCents, changed.heldCents, changed.limitCents],
    ["day", "2026-01-16T00:00:00.000Z", 40, 10, 100],
  );
  const none = await one.ak.setBudget({ id: one.id }, { budgetPeriod: null });
  assert.deepEqual([none.period, none.resetAt, none.usedCents], [null, null, 40]);
  one.clock.now += 400 * DAY;
  assert.deepEqual(await one.money(), [40, 0, 60]);
  const back = await one.ak.setBudget({ id: one.id }, { budgetPeriod: "hour", budgetWindow: "anchored" });
  assert.deepEqual([back.windowStart, back.resetAt], [iso(one.clock.now), iso(one.clock.now + HOUR)]);
});

test("an end that somebody moved in the store is honoured, and the windows go on from there", async () => {
  const one = await hourly();
  await one.ak.trackUsage(one.key, { costCents: 100 });
  await edit(one.store, one.id, { resetAt: one.start + 10 * 60_000 });
  one.clock.now = one.start + 10 * 60_000;
  assert.equal((await one.ak.trackUsage(one.key, { costCents: 1 })).success, true);
  const { resetAt } = await ownBudget(one.ak, { id: one.id });
  assert.equal(resetAt, iso(one.start + 10 * 60_000 + HOUR));
});

test("a key without a period never resets", async () => {
  const one = await hourly({ budgetPeriod: null });
  await one.ak.trackUsage(one.key, { costCents: 100 });
  one.clock.now += 10_000 * DAY;
  assert.equal((await one.ak.validate(one.key)).reason, "budget_exceeded");
});

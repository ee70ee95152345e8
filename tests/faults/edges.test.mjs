// Holds and charges on the very edge of a window, and windows on the calendar's odd days.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { AgentKey } from "keyrail";
import { audit } from "./audit.mjs";
import { ENGINES, endPlaces, newPlace, openStore } from "./engines.mjs";

const CHARGES = 1_000;
const [SECOND, HOUR, DAY] = [1_000, 3_600_000, 86_400_000];

/** Two processes on a place, at a time that the test moves, and every tree that they made. */
async function timedWorld(place, at) {
  const { store, close } = await openStore(place);
  const clock = { now: Date.parse(at) };
  const newProcess = () => new AgentKey({ store, clock: () => clock.now });
  const trees = [];
  const [ak, other] = [newProcess(), newProcess()];
  const newRoot = async (options) => {
    const root = await ak.create({ accountId: "acme", ...options });
    trees.push(root.id);
    return root;
  };
  const end = async () => {
    for (const tree of trees) await audit(store, tree, clock.now);
    await close();
  };
  return { ak, other, store, clock, newRoot, end };
}

const own = async (ak, key) => (await ak.budgets({ key })).at(-1);

after(endPlaces);

for (const engine of ENGINES) {
  const on = (name, at, body) => {
    test(`${engine}: ${name}`, async () => {
      const world = await timedWorld(await newPlace(engine), at);
      await body(world);
      await world.end();
    });
  };

  on(
    "1,000 concurrent charges on a window's edge count in one window or the other",
    "2026-01-15T10:30:00.000Z",
    async (world) => {
      const { ak, other, clock, newRoot } = world;
      const root = await newRoot({ budgetCents: 100, budgetPeriod: "hour" });
      const { key } = await ak.create({ accountId: "acme", parent: { id: root.id } });
      clock.now += HOUR - 1;
      const edge = clock.now + 1;
      const charge = (_, index) => {
        if (index === CHARGES / 2) clock.now = edge;
        return (index % 2 === 0 ? ak : other).trackUsage(key, { costCents: 1 });
      };
      const answers = [];
      // Ten a turn, so that the edge comes while some are decided and some are still on their way.
      for (let begun = 0; begun < CHARGES; begun += 10) {
        answers.push(...Array.from({ length: 10 }, (_, index) => charge(undefined, begun + index)));
        await new Promise(setImmediate);
      }
      const done = await Promise.all(answers);
      const admitted = done.filter(({ success }) => success).length;
      assert.ok(admitted >= 100 && admitted <= 200, `${admitted} were admitted to two windows of 100`);
      assert.ok(done.every(({ success, reason }) => success || reason === "budget_exceeded"));
      const [{ windowStart, usedCents }] = await ak.budgets({ key });
      assert.equal(Date.parse(windowStart), edge);
      assert.ok(usedCents <= 100 && admitted - usedCents <= 100, `${usedCents} of ${admitted} count in the new one`);
    },
  );

  on(
    "a hold across an edge is settled in the window in which it was reserved",
    "2026-01-15T10:30:00.000Z",
    async ({ ak, other, clock, newRoot }) => {
      const { key } = await newRoot({ budgetCents: 100, budgetPeriod: "hour" });
      clock.now += HOUR - 1;
      const { hold } = await ak.reserve(key, { costCents: 90, ttl: "10m" });
      assert.equal((await other.trackUsage(key, { costCents: 20 })).reason, "budget_exceeded");
      clock.now += 1;
      assert.equal((await other.trackUsage(key, { costCents: 100 })).success, true, "the new window is empty");
      assert.equal((await other.extend(hold.id, { costCents: 95 })).reason, "window_rolled");
      const settled = await other.settle(hold.id, { costCents: 90 });
      assert.deepEqual(settled, { success: true, costCents: 90, overdraftCents: 0, late: false });
      assert.equal((await own(ak, key)).usedCents, 100);
    },
  );

  on(
    "a hold ends at its very instant, and what comes later is charged in full",
    "2026-01-15T10:30:00.000Z",
    async ({ ak, other, clock, newRoot }) => {
      const { key } = await newRoot({ budgetCents: 100 });
      const { hold } = await ak.reserve(key, { costCents: 100, ttl: "1s" });
      clock.now = Date.parse(hold.expiresAt) - 1;
      assert.equal((await other.reserve(key, { costCents: 1 })).reason, "budget_exceeded");
      clock.now += 1;
      const next = await other.reserve(key, { costCents: 100 });
      assert.equal(next.success, true, "its money is back at that instant");
      const settled = await ak.settle(hold.id, { costCents: 100 });
      assert.deepEqual(settled, { success: true, costCents: 100, overdraftCents: 100, late: true });
      assert.deepEqual(await other.settle(hold.id, { costCents: 7 }), settled, "the first answer stays");
      assert.equal((await ak.reserve(key, { costCents: 0 })).reason, "budget_exceeded");
    },
  );

  on(
    "months anchored on the 31st end on each month's last day, leap years too",
    "2028-01-31T10:30:00.000Z",
    async ({ ak, clock, newRoot }) => {
      const { key } = await newRoot({ budgetCents: 10, budgetPeriod: "month" });
      const ends = ["2028-02-29", "2028-03-31", "2028-04-30", "2028-05-31"].map((day) =>
        Date.parse(`${day}T10:30:00.000Z`),
      );
      for (const end of ends) {
        assert.equal(Date.parse((await own(ak, key)).resetAt), end);
        clock.now = end - 1;
        assert.equal((await ak.trackUsage(key, { costCents: 10 })).success, true);
        assert.equal((await ak.trackUsage(key, { costCents: 0.000001 })).success, false);
        clock.now = end;
        assert.equal((await own(ak, key)).usedCents, 0);
      }
    },
  );

  on("a leap day is a day, and the year after has none", "2028-02-28T23:59:59.000Z", async ({ ak, clock, newRoot }) => {
    const { key } = await newRoot({ budgetCents: 10, budgetPeriod: "day", budgetWindow: "calendar" });
    const resetAt = async () => (await own(ak, key)).resetAt.slice(0, 10);
    assert.equal(await resetAt(), "2028-02-29");
    clock.now += SECOND;
    assert.equal(await resetAt(), "2028-03-01");
    clock.now += DAY;
    assert.equal(await resetAt(), "2028-03-02");
    clock.now = Date.parse("2029-02-28T12:00:00.000Z");
    assert.equal(await resetAt(), "2029-03-01");
    assert.equal((await ak.trackUsage(key, { costCents: 10 })).success, true);
  });

  on(
    "a month anchored on 29 February keeps its day where there is one",
    "2028-02-29T00:00:00.000Z",
    async ({ ak, clock, newRoot }) => {
      const { key } = await newRoot({ budgetCents: 10, budgetPeriod: "month" });
      clock.now = Date.parse("2029-02-10T00:00:00.000Z");
      const { windowStart, resetAt } = await own(ak, key);
      assert.deepEqual([windowStart.slice(0, 10), resetAt.slice(0, 10)], ["2029-01-29", "2029-02-28"]);
      clock.now = Date.parse(resetAt);
      assert.equal((await own(ak, key)).resetAt.slice(0, 10), "2029-03-29");
      assert.equal((await ak.trackUsage(key, { costCents: 10 })).success, true);
    },
  );
}

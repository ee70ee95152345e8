// Reserve, settle, release, extend: every transition, and what each leaves in the budget.
import assert from "node:assert/strict";
import { test } from "node:test";
import { DAY, HOUR, iso, MINUTE, money, newWorld, SECOND, START } from "./world.mjs";

const CAP = 1_000;

/** A capped key and one hold of 100 cents for a minute. */
async function withHold(options = {}) {
  const world = newWorld(options.world);
  const { key } = await world.ak.create({ accountId: "acme", budgetCents: CAP, ...options.key });
  const { hold } = await world.ak.reserve(key, { costCents: 100, ttl: "1m", ...options.reserve });
  return { ...world, key, hold };
}

const settled = (costCents, { overdraftCents = 0, late = false } = {}) => {
  return { success: true, costCents, overdraftCents, late };
};
const released = (releasedCents) => ({ success: true, releasedCents });
const refused = (reason) => ({ success: false, reason });

/** What may be done to a hold before the step under test. */
const BEFORE = {
  open: () => undefined,
  released: ({ ak, hold }) => ak.release(hold.id),
  settled: ({ ak, hold }) => ak.settle(hold.id, { costCents: 30 }),
  expired: ({ clock, hold }) => {
    clock.now = Date.parse(hold.expiresAt);
  },
  "released, then expired": async ({ ak, clock, hold }) => {
    await ak.release(hold.id);
    clock.now = Date.parse(hold.expiresAt);
  },
  "settled late": async ({ ak, clock, hold }) => {
    clock.now = Date.parse(hold.expiresAt);
    await ak.settle(hold.id, { costCents: 30 });
  },
};

/** Each row: the state, the step, its answer, and [used, held, remaining] afterwards. */
function check(table) {
  for (const [state, [verb, step], answer, after] of table) {
    test(`${verb} of a hold that is ${state}`, async () => {
      const world = await withHold();
      await BEFORE[state](world);
      assert.deepEqual(await step(world), answer);
      assert.deepEqual(await money(world.ak, { key: world.key }), after);
    });
  }
}

const settle = (costCents) => [`settle ${costCents}`, ({ ak, hold }) => ak.settle(hold.id, { costCents })];
const release = ["release", ({ ak, hold }) => ak.release(hold.id)];
const extend = (options, name) => [
  `extend ${name}`,
  async ({ ak, hold }) => {
    const answer = await ak.extend(hold.id, options);
    return answer.success ? [answer.hold.id === hold.id, answer.hold.costCents, answer.hold.expiresAt] : answer;
  },
];
const longer = extend({ ttl: "2m" }, "by 2m");
/** One minute from `START` on its grid of 1,024 ms, and two on theirs of 2,048. */
const ONE_MINUTE = iso(Math.ceil((START + MINUTE) / 1_024) * 1_024);
const TWO_MINUTES = iso(Math.ceil((START + 2 * MINUTE) / 2_048) * 2_048);

check([
  ["open", settle(0), settled(0), [0, 0, 1_000]],
  ["open", settle(42.5), settled(42.5), [42.5, 0, 957.5]],
  ["open", settle(100), settled(100), [100, 0, 900]],
  ["open", settle(150), settled(150), [150, 0, 850]],
  ["open", settle(1_000), settled(1_000), [1_000, 0, 0]],
  ["open", settle(1_250), settled(1_250, { overdraftCents: 250 }), [1_250, 0, 0]],
  ["open", release, released(100), [0, 0, 1_000]],
  ["open", longer, [true, 100, TWO_MINUTES], [0, 100, 900]],
  ["open", extend({ ttl: "1s" }, "by less"), [true, 100, ONE_MINUTE], [0, 100, 900]],
  ["open", extend({ costCents: 250 }, "to 250"), [true, 250, ONE_MINUTE], [0, 250, 750]],
  ["open", extend({ costCents: 1_000 }, "to all"), [true, 1_000, ONE_MINUTE], [0, 1_000, 0]],
  ["open", extend({ costCents: 40 }, "to 40"), [true, 40, ONE_MINUTE], [0, 40, 960]],
  ["open", extend({ costCents: 0 }, "to 0"), [true, 0, ONE_MINUTE], [0, 0, 1_000]],
  ["open", extend({ ttl: "2m", costCents: 250 }, "both"), [true, 250, TWO_MINUTES], [0, 250, 750]],
  ["released", settle(42.5), settled(42.5, { late: true }), [42.5, 0, 957.5]],
  ["released", settle(1_250), settled(1_250, { late: true, overdraftCents: 250 }), [1_250, 0, 0]],
  ["released", release, released(0), [0, 0, 1_000]],
  ["released", longer, refused("hold_expired"), [0, 0, 1_000]],
  ["settled", settle(70), settled(30), [30, 0, 970]],
  ["settled", release, refused("hold_settled"), [30, 0, 970]],
  ["settled", longer, refused("hold_expired"), [30, 0, 970]],
  ["expired", settle(42.5), settled(42.5, { late: true }), [42.5, 0, 957.5]],
  ["expired", release, released(0), [0, 0, 1_000]],
  ["expired", longer, refused("hold_expired"), [0, 0, 1_000]],
  ["expired", extend({ costCents: 250 }, "to 250"), refused("hold_expired"), [0, 0, 1_000]],
  ["released, then expired", settle(42.5), settled(42.5, { late: true }), [42.5, 0, 957.5]],
  ["settled late", settle(70), settled(30, { late: true }), [30, 0, 970]],
  ["settled late", release, refused("hold_settled"), [30, 0, 970]],
]);

test("a hold comes back exactly at its expiry, by itself", async () => {
  const { ak, clock, key, hold } = await withHold();
  clock.now = Date.parse(hold.expiresAt) - 1;
  assert.deepEqual(await money(ak, { key }), [0, 100, 900]);
  assert.equal((await ak.reserve(key, { costCents: 901 })).success, false);
  clock.now += 1;
  assert.deepEqual(await money(ak, { key }), [0, 0, 1_000]);
  assert.equal((await ak.reserve(key, { costCents: 1_000 })).success, true);
});

test("a settle above what is left is recorded in full beside the holds of others", async () => {
  const { ak, key, hold } = await withHold();
  await ak.reserve(key, { costCents: 900 });
  // 1,000 were held; 300 instead of 100 is 200 over the cap.
  assert.deepEqual(await ak.settle(hold.id, { costCents: 300 }), settled(300, { overdraftCents: 200 }));
  assert.deepEqual(await money(ak, { key }), [300, 900, 0]);
  assert.deepEqual((await ak.trackUsage(key, { costCents: 1 })).reason, "budget_exceeded");
});

test("overdraft is the rise above the cap over the chain, not the excess itself", async () => {
  const { ak } = newWorld();
  const root = await ak.create({ accountId: "acme", budgetCents: 100 });
  const child = await ak.create({ accountId: "acme", parent: { id: root.id }, budgetCents: 50 });
  const charge = (costCents) => ak.trackUsage(child.key, { costCents, overdraft: true });
  assert.equal((await charge(40)).overdraftCents, 0);
  assert.equal((await charge(30)).overdraftCents, 20);
  assert.equal((await charge(40)).overdraftCents, 40);
  assert.deepEqual(await money(ak, { id: root.id }), [110, 0, 0]);
});

test("an extend to more is an admission over the chain", async () => {
  const { ak } = newWorld();
  const root = await ak.create({ accountId: "acme", budgetCents: 100 });
  const child = await ak.create({ accountId: "acme", parent: { id: root.id } });
  const { hold } = await ak.reserve(child.key, { costCents: 60 });
  await ak.trackUsage(root.key, { costCents: 30 });
  const answer = await ak.extend(hold.id, { costCents: 71 });
  assert.equal(answer.reason, "budget_exceeded");
  assert.deepEqual([answer.binding.id, answer.binding.requestedCents], [root.id, 11]);
  assert.equal((await ak.extend(hold.id, { costCents: 70 })).success, true);
  await ak.revoke(root.id);
  assert.deepEqual(await ak.extend(hold.id, { costCents: 71 }), refused("ancestor_revoked"));
  assert.equal((await ak.extend(hold.id, { ttl: "10m", costCents: 70 })).success, true, "more time is no admission");
  assert.deepEqual(await ak.settle(hold.id, { costCents: 70 }), settled(70), "work that was begun is paid");
});

test("after the window rolled a hold may live on but not grow, and settles in its own window", async () => {
  const { ak, clock, store, key, hold } = await withHold({
    key: { budgetPeriod: "hour" },
    reserve: { ttl: "2h" },
  });
  clock.now += HOUR;
  assert.deepEqual(await money(ak, { key }), [0, 0, 1_000], "the new window is whole");
  assert.deepEqual(await ak.extend(hold.id, { costCents: 101 }), refused("window_rolled"));
  assert.equal((await ak.extend(hold.id, { ttl: "3h" })).success, true);
  assert.equal((await ak.extend(hold.id, { costCents: 90 })).success, true, "less is no admission");
  assert.deepEqual(await ak.settle(hold.id, { costCents: 5_000 }), settled(5_000), "it breaks no cap of this window");
  assert.deepEqual(await money(ak, { key }), [0, 0, 1_000]);
  const { rows } = await store.list({ entries: { tree: 1 } }, { cursor: null, limit: 100 });
  const entry = rows.at(-1);
  assert.deepEqual([entry.entryKind, entry.amountMicrocents, entry.windows], ["settle", 5_000_000_000, [0]]);
});

test("a chain rolls by node: a hold counts on where the window is still its own", async () => {
  const { ak, clock } = newWorld();
  const root = await ak.create({ accountId: "acme", budgetCents: 500 });
  const child = await ak.create({ accountId: "acme", parent: { id: root.id }, budgetCents: 400, budgetPeriod: "hour" });
  const { hold } = await ak.reserve(child.key, { costCents: 100, ttl: "1d" });
  clock.now += HOUR;
  assert.deepEqual(await money(ak, { id: child.id }), [0, 0, 400]);
  assert.deepEqual(await money(ak, { id: root.id }), [0, 100, 400]);
  await ak.settle(hold.id, { costCents: 80 });
  assert.deepEqual(await money(ak, { id: child.id }), [0, 0, 400]);
  assert.deepEqual(await money(ak, { id: root.id }), [80, 0, 420]);
});

test("atLeastCents: what is left is held, down to that", async () => {
  const { ak, key } = await withHold();
  await ak.trackUsage(key, { costCents: 700.5 });
  const tooMuch = await ak.reserve(key, { costCents: 500, atLeastCents: 199.6 });
  assert.equal(tooMuch.reason, "budget_exceeded");
  assert.equal(tooMuch.binding.requestedCents, 500);
  const { hold } = await ak.reserve(key, { costCents: 500, atLeastCents: 199.5 });
  assert.equal(hold.costCents, 199.5);
  assert.deepEqual(await money(ak, { key }), [700.5, 299.5, 0]);
  const none = await ak.reserve(key, { costCents: 500, atLeastCents: 0 });
  assert.equal(none.hold.costCents, 0, "nothing is left, and nothing was enough");
  assert.deepEqual(await ak.reserve(key, { costCents: 5, atLeastCents: 6 }), refused("invalid_cost"));
});

test("a reserve of 0 succeeds where everything is held, and fails where everything is spent", async () => {
  const { ak, key } = await withHold({ reserve: { costCents: CAP } });
  assert.equal((await ak.reserve(key, { costCents: 0 })).success, true);
  await ak.trackUsage(key, { costCents: CAP, overdraft: true });
  assert.equal((await ak.reserve(key, { costCents: 0 })).reason, "budget_exceeded");
});

test("expiry lies on the grid of its ttl: never sooner, at most a 32nd later", async () => {
  const table = [1 * SECOND, 1_001, 1_023.2, 1_024, 5 * SECOND, 90 * SECOND, 5 * MINUTE, HOUR, DAY, 30 * DAY];
  for (const ttl of table) {
    for (const offset of [0, 1, 15, 16, 17, 999, 7_777]) {
      const { ak } = newWorld({ at: START + offset });
      const { key } = await ak.create({ accountId: "acme" });
      const { hold } = await ak.reserve(key, { costCents: 1, ttl });
      const wanted = START + offset + Math.ceil(ttl);
      const step = 2 ** Math.floor(Math.log2(Math.ceil(ttl) / 32));
      assert.equal(Date.parse(hold.expiresAt), Math.ceil(wanted / step) * step, `${ttl} ms at +${offset}`);
    }
  }
});

test("ttl is 5 minutes unless said, and takes durations with seconds", async () => {
  const { ak } = newWorld();
  const { key } = await ak.create({ accountId: "acme" });
  const lives = async (options) =>
    Date.parse((await ak.reserve(key, { costCents: 1, ...options })).hold.expiresAt) - START;
  assert.equal(await lives({}), await lives({ ttl: 300_000 }));
  assert.equal(await lives({ ttl: "90s" }), await lives({ ttl: 90_000 }));
  assert.equal(await lives({ ttl: "1mo" }), await lives({ ttl: "30d" }));
});

test("a hold alone makes no key invalid; what is spent does", async () => {
  const { ak, key, hold } = await withHold({ reserve: { costCents: CAP } });
  const valid = await ak.validate(key);
  assert.deepEqual([valid.valid, valid.budgetUsedCents, valid.budgetRemainingCents], [true, 0, 0]);
  await ak.settle(hold.id, { costCents: CAP });
  const spent = await ak.validate(key);
  assert.deepEqual([spent.valid, spent.reason, spent.binding.usedCents], [false, "budget_exceeded", CAP]);
});

test("hold ids carry at least 128 random bits and never repeat", async () => {
  const { ak } = newWorld();
  const { key } = await ak.create({ accountId: "acme" });
  const holds = await Promise.all(Array.from({ length: 300 }, () => ak.reserve(key, { costCents: 1 })));
  const ids = new Set(holds.map(({ hold }) => hold.id));
  assert.equal(ids.size, 300);
  for (const id of ids) assert.match(id, /[0-9a-f]{32}$/);
});

test("a hold that is made later has the greater id, so that a store's index grows at its end", async () => {
  const { ak, clock } = newWorld();
  const { key } = await ak.create({ accountId: "acme" });
  const ids = [];
  for (const ms of [0, 1, 15, 1_000_000]) {
    clock.now += ms;
    ids.push((await ak.reserve(key, { costCents: 1 })).hold.id);
  }
  assert.deepEqual(ids, ids.toSorted());
});

test("a hold from before ids began with their time is settled by its id", async () => {
  const { ak, store, hold } = await withHold();
  const { chains } = await store.read([{ hold: hold.id }]);
  const [root, row] = chains[0].map(({ version, ...rest }) => ({ version, rest }));
  const id = `hold_${"0123456789abcdef".repeat(2)}`;
  const checks = [
    { ref: { node: root.rest.id }, version: root.version },
    { ref: { hold: id }, version: null },
  ];
  const terms = { tree: root.rest.id, now: 0, clock: "injected", owner: "older", claims: false };
  const { results } = await store.commit([{ ...terms, checks, puts: [root.rest, { ...row.rest, id }] }]);
  assert.equal(results[0].ok, true);
  assert.deepEqual(await ak.settle(id, { costCents: 10 }), settled(10));
});

test("any process may settle, release or extend", async () => {
  const { store, clock, key, hold } = await withHold();
  const other = newWorld({ store });
  other.clock.now = clock.now;
  assert.equal((await other.ak.extend(hold.id, { costCents: 120 })).success, true);
  assert.deepEqual(await other.ak.settle(hold.id, { costCents: 110 }), settled(110));
  assert.deepEqual(await money(other.ak, { key }), [110, 0, 890]);
});

// Everything at once: faults of every kind, several processes, clocks that differ. Then the books.
import assert from "node:assert/strict";
import { test } from "node:test";
import { FaultyStore, faults } from "./faulty-store.mjs";
import { below, pick, randomOf, seedsOf } from "./random.mjs";
import { audit, entriesOf, process, START } from "./world.mjs";

const PROCESSES = 3;
const LINES = 6;
const STEPS = 25;
const SEEDS = 24;

/** A store that fails about one call in five; what comes late lands at some later call. */
function chaotic(random) {
  const store = new FaultyStore();
  const fault = (kinds) => async (work, itself, given) => {
    if (itself.late.length > 0 && random() < 0.3) await itself.land();
    const met = random() < 0.8 ? faults.delay(below(random, 3)) : pick(random, kinds);
    return met(work, itself, given);
  };
  const any = [faults.before, faults.after, faults.slow(3), faults.short];
  store.begin = () => {
    store.always("read", fault([...any, faults.torn, faults.torn]));
    store.always("commit", fault([...any, faults.late, faults.late, faults.busy, faults.refuse]));
    store.always("allocate", fault([faults.before, faults.after]));
  };
  store.end = () => {
    for (const kind of ["read", "commit", "allocate"]) store.always(kind, undefined);
  };
  return store;
}

/** What each process's requests said; a fault leaves it open whether they were recorded. */
function newTally() {
  return { sure: 0, open: 0, keys: new Map() };
}

async function attempt(tally, ask) {
  try {
    return await ask();
  } catch (error) {
    if (!["store_unavailable", "store_contended"].includes(error.code)) throw error;
    tally.open += 1;
    return null;
  }
}

/** One request after another, as a client would send them. */
async function line({ random, processes, keys, tally, clock }) {
  const holds = [];
  for (let step = 0; step < STEPS; step += 1) {
    const ak = pick(random, processes);
    const key = pick(random, keys);
    const costCents = pick(random, [0.5, 1, 3, 17, 60]);
    if (random() < 0.1) clock.now += below(random, 900);
    const dice = random();
    if (dice < 0.3) {
      const idempotencyKey = `k${below(random, 1_000)}`;
      const answer = await attempt(tally, () => ak.trackUsage(key, { costCents: 2, idempotencyKey }));
      if (answer === null || !answer.success) continue;
      const place = `${key} ${idempotencyKey}`;
      const first = tally.keys.get(place);
      if (first === undefined) tally.keys.set(place, answer);
      else assert.deepEqual(answer, first, "a replay gives the first answer");
    } else if (dice < 0.5) {
      const answer = await attempt(tally, () => ak.trackUsage(key, { costCents }));
      if (answer?.success) tally.sure += costCents;
    } else if (dice < 0.75) {
      const answer = await attempt(tally, () => ak.reserve(key, { costCents, ttl: "2s" }));
      if (answer?.success) holds.push({ id: answer.hold.id, costCents });
    } else if (holds.length > 0) {
      const { id } = holds.splice(below(random, holds.length), 1)[0];
      if (dice < 0.85) await attempt(tally, () => ak.release(id));
      else {
        const answer = await attempt(tally, () => ak.settle(id, { costCents }));
        if (answer !== null) tally.sure += answer.costCents;
      }
    } else {
      const answer = await attempt(tally, () => ak.validate(key));
      if (answer !== null && !answer.valid) assert.equal(answer.reason, "budget_exceeded");
    }
  }
}

async function run(seed) {
  const random = randomOf(seed);
  const store = chaotic(random);
  const clock = { now: START };
  const processes = Array.from({ length: PROCESSES }, (_, index) => {
    const skewed = {
      get now() {
        return clock.now + (index - 1) * 700;
      },
    };
    const environment = {
      sleep: () => new Promise(setImmediate),
      random,
      elapsed: () => 0,
      instance: `process-${index}`,
    };
    return process(store, skewed, { environment });
  });
  const root = await processes[0].create({ accountId: "acme", budgetCents: 400 });
  const team = await processes[0].create({ accountId: "acme", parent: { id: root.id }, budgetCents: 300 });
  const leaf = await processes[0].create({ accountId: "acme", parent: { id: team.id }, budgetCents: 150 });
  const keys = [root, team, leaf].map(({ key }) => key);
  const tally = newTally();
  store.begin();
  await Promise.all(Array.from({ length: LINES }, () => line({ random, processes, keys, tally, clock })));
  await Promise.all(processes.map((one) => one.close()));
  store.end();
  await store.land();
  await audit(store, root.id, clock.now + 700);

  // Everything that was said to be charged is in the books, and nothing that was not.
  const replayed = [...tally.keys.keys()].length * 2;
  const booked = (await entriesOf(store, root.id)).filter(({ entryKind }) => ["charge", "settle"].includes(entryKind));
  const total = booked.reduce((sum, { amountMicrocents }) => sum + amountMicrocents, 0) / 1e6;
  const sure = tally.sure + replayed;
  assert.ok(total >= sure, `${total} booked, ${sure} answered`);
  if (tally.open === 0) assert.equal(total, sure);
  for (const one of processes) {
    assert.equal(one.stats().queue, 0);
    for (const key of keys) assert.equal(typeof (await one.validate(key)).valid, "boolean");
    assert.equal((await one.budgets({ id: root.id }))[0].usedCents, total);
  }
  return { open: tally.open, booked: booked.length };
}

for (const seed of seedsOf(SEEDS)) {
  test(`chaos, seed ${seed} (again: KEYRAIL_SEED=${seed})`, async () => {
    const { booked } = await run(seed);
    assert.ok(booked > 10, `only ${booked} charges came through: this run shows nothing`);
  });
}

// Three application processes on one store, one of them killed at a random instant, round after round.
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { AgentKey } from "keyrail";
import { below, pick, randomOf } from "../loop/random.mjs";
import { audit, nodesOf } from "./audit.mjs";
import { openStore } from "./engines.mjs";
import { startAll } from "./fleet.mjs";

const PROCESSES = 3;
const LINES = 18;
const ROUND_MS = 900;
const TRIES_MAX = 400;
const MICROCENTS = 1_000_000;

/** A root of 60 cents, two teams below it, two agents below each. */
export async function mintTree(ak) {
  const mint = (budgetCents, parent) => ak.create({ accountId: "acme", budgetCents, ...(parent ? { parent } : {}) });
  const root = await mint(60);
  const agents = [];
  for (const cap of [40, 50]) {
    const team = await mint(cap, { id: root.id });
    for (const own of [20, undefined]) agents.push(await mint(own, { id: team.id }));
  }
  return { root, agents };
}

/** What clients were told, and what they do not know. */
const newTally = () => ({ charges: new Map(), settles: new Map(), denied: 0, lost: 0, faults: 0, abandoned: 0 });

/** Asks one process after another until one answers: the same command every time. */
async function insist({ apps, random, tally }, path, body, headers) {
  for (let tries = 0; tries < TRIES_MAX; tries += 1) {
    const answer = await pick(random, apps).ask(path, body, headers);
    if (answer !== undefined && answer.status < 500) return answer.body;
    if (answer === undefined) tally.lost += 1;
    else tally.faults += 1;
    await sleep(5 + below(random, 20));
  }
  throw new Error(`${path} had no answer after ${TRIES_MAX} tries`);
}

/** A charge with an idempotency key: whatever happens, it must be there once. */
async function charge(run, key, name) {
  const costCents = pick(run.random, [0.0001, 0.5, 1, 3, 9.25]);
  const answer = await insist(run, "/charge", { key, costCents, idempotencyKey: name });
  if (answer.success) run.tally.charges.set(name, Math.round(costCents * MICROCENTS));
  else run.tally.denied += 1;
}

/** A reserve, and mostly a settle; some are left to their time. */
async function hold(run, key, name) {
  const costCents = pick(run.random, [1, 5, 12]);
  const answer = await insist(run, "/reserve", { key, costCents, ttl: "1s", idempotencyKey: name });
  if (!answer.success) {
    run.tally.denied += 1;
    return;
  }
  if (run.random() < 0.2) {
    run.tally.abandoned += 1;
    return;
  }
  const spent = costCents * pick(run.random, [0.5, 1, 1.25]);
  const settled = await insist(run, "/settle", { key: answer.hold.id, costCents: spent });
  assert.equal(settled.success, true);
  run.tally.settles.set(answer.hold.id, Math.round(spent * MICROCENTS));
}

/** A call through the middleware; one whose answer is lost cannot be repeated. */
async function work(run, key) {
  const answer = await pick(run.random, run.apps).ask("/work", { costCents: 1 }, { authorization: `Bearer ${key}` });
  if (answer === undefined) run.tally.lost += 1;
  else if (answer.status === 200) run.tally.settles.set(answer.body.hold, MICROCENTS);
  else if (answer.status === 429) run.tally.denied += 1;
  else run.tally.faults += 1;
}

async function line(run, keys, number, until) {
  for (let step = 0; Date.now() < until; step += 1) {
    const key = pick(run.random, keys);
    const dice = run.random();
    if (dice < 0.55) await charge(run, key, `${number}-${step}`);
    else if (dice < 0.9) await hold(run, key, `${number}-${step}`);
    else await work(run, key);
  }
}

/** Every acknowledged charge and settle is among the entries once, and no other idempotent charge is. */
function checkAcknowledged(entries, tally) {
  const charged = entries.filter(({ entryKind }) => entryKind === "charge");
  assert.equal(charged.length, tally.charges.size, "as many charges as were acknowledged");
  for (const { idempotency, amountMicrocents } of charged) {
    assert.equal(amountMicrocents, tally.charges.get(idempotency.key), `the charge ${idempotency.key}`);
  }
  const settled = new Map();
  for (const { entryKind, hold, amountMicrocents } of entries) {
    if (entryKind !== "settle") continue;
    assert.equal(settled.has(hold), false, `hold ${hold} is settled once`);
    settled.set(hold, amountMicrocents);
  }
  for (const [hold, amount] of tally.settles) assert.equal(settled.get(hold), amount, `the settle of ${hold}`);
}

/** After the time of the last hold every budget has exactly cap − spent left, to the last microcent. */
async function checkHeadroom(ak, store, { root, agents }, entries) {
  const last = Math.max(...entries.map(({ expiresAt }) => expiresAt ?? 0));
  await sleep(Math.max(0, last - Date.now()) + 5);
  for (const { key } of agents) {
    const rows = new Map((await nodesOf(store, root.id)).map((row) => [row.id, row]));
    for (const { id, limitCents, usedCents, heldCents, remainingCents } of await ak.budgets({ key })) {
      assert.equal(heldCents, 0, `node ${id} holds nothing after every hold's time`);
      assert.equal(usedCents, rows.get(id).spentMicrocents / MICROCENTS);
      const left = Math.max(0, rows.get(id).capMicrocents - rows.get(id).spentMicrocents) / MICROCENTS;
      assert.equal(remainingCents, limitCents === null ? null : left, `node ${id} has cap − spent left`);
    }
    const { remainingCents: left } = await ak.headroom({ key });
    const more = (Math.round(left * MICROCENTS) + 1) / MICROCENTS;
    assert.equal((await ak.trackUsage(key, { costCents: more })).reason, "budget_exceeded");
    if (left > 0) assert.equal((await ak.trackUsage(key, { costCents: left })).success, true);
  }
}

/** Plays `rounds` rounds on a place; gives what was counted over all of them. */
export async function killRounds(place, { rounds, seed }) {
  const random = randomOf(seed);
  const { store, close } = await openStore(place);
  const ak = new AgentKey({ store });
  const apps = await startAll(Array.from({ length: PROCESSES }, () => ({ place })));
  const total = { rounds, kills: 0, charges: 0, settles: 0, entries: 0, denied: 0, lost: 0, faults: 0, abandoned: 0 };
  try {
    for (let round = 0; round < rounds; round += 1) {
      const tree = await mintTree(ak);
      const keys = tree.agents.map(({ key }) => key);
      const run = { apps, random, tally: newTally() };
      const until = Date.now() + ROUND_MS;
      const lines = Array.from({ length: LINES }, (_, number) => line(run, keys, number, until));
      await sleep(below(random, ROUND_MS));
      const victim = pick(random, apps);
      await victim.kill();
      await victim.start();
      await Promise.all(lines);
      const entries = await audit(store, tree.root.id, Date.now());
      checkAcknowledged(entries, run.tally);
      await checkHeadroom(ak, store, tree, entries);
      await audit(store, tree.root.id, Date.now());
      const { charges, settles, ...counts } = run.tally;
      total.kills += 1;
      total.charges += charges.size;
      total.settles += settles.size;
      total.entries += entries.length;
      for (const [name, count] of Object.entries(counts)) total[name] += count;
    }
  } finally {
    await Promise.all(apps.map((app) => app.kill()));
    await ak.close();
    await close();
  }
  return total;
}

// Somebody's open transaction holds the rows of some trees; the others must not wait for it.
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { AgentKey } from "keyrail";
import { below, randomOf } from "../loop/random.mjs";
import { audit } from "./audit.mjs";
import { openStore } from "./engines.mjs";

const TREES = 120;
const LINES = 24;
const TURN_MS = 400;
const TURNS = 3;

/** The value that so large a share stays below. */
function percentile(values, share) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
}

/**
 * Charges many trees at once, in turns without and with a foreign transaction that holds the rows of
 * `locked` of them while calls on those are under way too. Gives the p99 of the other trees' charges
 * both ways, in ms.
 */
export async function heldLocks(place, { locked, seed, turns = TURNS }) {
  const random = randomOf(seed);
  const { store, pool, close } = await openStore(place);
  const ak = new AgentKey({ store });
  const mint = () => ak.create({ accountId: "acme", budgetCents: 1_000_000 });
  const trees = await Promise.all(Array.from({ length: TREES }, mint));
  const [held, free] = [trees.slice(0, locked), trees.slice(locked)];
  const latencies = { without: [], within: [] };
  let waited = 0;
  const charge = async ({ key }) => {
    const began = performance.now();
    assert.equal((await ak.trackUsage(key, { costCents: 1 })).success, true);
    return performance.now() - began;
  };
  const turn = async (kind) => {
    let isOver = false;
    const onHeld = held.map(async (tree) => {
      while (!isOver) {
        if ((await charge(tree)) > TURN_MS / 2) waited += 1;
        await sleep(10);
      }
    });
    const until = performance.now() + TURN_MS;
    const onFree = Array.from({ length: LINES }, async () => {
      while (performance.now() < until) latencies[kind].push(await charge(free[below(random, free.length)]));
    });
    await Promise.all(onFree);
    isOver = true;
    return onHeld;
  };
  const client = await pool.connect();
  for (let round = 0; round < turns; round += 1) {
    await Promise.all(await turn("without"));
    await client.query("BEGIN");
    const ids = held.map(({ id }) => id);
    const { rows } = await client.query(`SELECT id FROM ${place.tableName} WHERE id = ANY ($1) FOR UPDATE`, [ids]);
    assert.equal(rows.length, locked);
    const onHeld = await turn("within");
    await client.query("COMMIT");
    // The calls on held trees have waited, and go on as soon as they may.
    await Promise.all(onHeld);
  }
  client.release();
  for (const { id } of [held[0], free[0]]) await audit(store, id, Date.now());
  await close();
  const [before, after] = [percentile(latencies.without, 0.99), percentile(latencies.within, 0.99)];
  return {
    "trees held": locked,
    "charges on the others": latencies.within.length,
    "ms p99": after,
    "ms p99 without": before,
    "times as much": after / before,
    "calls that waited": waited,
  };
}

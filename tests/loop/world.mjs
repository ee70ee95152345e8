// A tree over a faulty store, and the books to compare it with.
import assert from "node:assert/strict";
import { AgentKey } from "keyrail";
import { FaultyStore } from "./faulty-store.mjs";

export const START = Date.parse("2026-01-15T10:30:00.000Z");

/** An `AgentKey` on the store, at a time that `clock.now` gives. */
export function process(store, clock, options = {}) {
  return new AgentKey({ store, clock: () => clock.now, ...options });
}

/** A root of `cap` cents with one child, a process that made them, and one that knows nothing yet. */
export async function newTree({ cap = 100, ...columns } = {}) {
  const store = new FaultyStore();
  const clock = { now: START };
  const ak = process(store, clock);
  const root = await ak.create({ accountId: "acme", budgetCents: cap, ...columns });
  const child = await ak.create({ accountId: "acme", parent: { id: root.id } });
  await ak.close();
  return { store, clock, ak, root, child, other: process(store, clock) };
}

/** Every entry of a tree, in order. */
export async function entriesOf(store, tree) {
  const { rows } = await store.inner.list({ entries: { tree } }, { cursor: null, limit: 1_000_000 });
  return rows;
}

/** How many entries of a kind a tree has. */
export async function countOf(store, tree, kind) {
  return (await entriesOf(store, tree)).filter(({ entryKind }) => entryKind === kind).length;
}

/**
 * Rebuilds what every node of a tree without periods spent and holds from its entries alone, and
 * compares it with the rows; on the way no admission may break a cap.
 */
export async function audit(store, tree, now) {
  const { rows: nodes } = await store.inner.list(
    { subtree: { tree, path: String(tree) } },
    { cursor: null, limit: 1_000 },
  );
  const byId = new Map(nodes.map((row) => [row.id, row]));
  const chainOf = (id) => byId.get(id).path.split("/").map(Number);
  const spent = new Map(nodes.map(({ id }) => [id, 0]));
  const holds = new Map();
  const heldAt = (id, at) => {
    const open = [...holds.values()].filter((hold) => hold.chain.includes(id) && hold.expiresAt > at);
    return open.reduce((sum, hold) => sum + hold.amount, 0);
  };
  const commands = new Set();
  let before = 0;
  for (const entry of await entriesOf(store, tree)) {
    assert.equal(entry.seq, before + 1, "entries have no gaps");
    before = entry.seq;
    assert.equal(commands.has(entry.command), false, `command ${entry.command} is recorded twice`);
    commands.add(entry.command);
    const chain = chainOf(entry.node);
    const { entryKind: kind, hold, amountMicrocents: amount, expiresAt } = entry;
    if (kind === "release" || kind === "settle") holds.delete(hold);
    if (kind === "reserve" || kind === "extend") holds.set(hold, { chain, amount, expiresAt });
    if (kind === "charge" || kind === "settle") for (const id of chain) spent.set(id, spent.get(id) + amount);
    if (kind !== "charge" && kind !== "reserve") continue;
    for (const id of chain) {
      const cap = byId.get(id).capMicrocents;
      const total = spent.get(id) + heldAt(id, entry.at);
      if (cap !== null) assert.ok(total <= cap, `entry ${entry.seq} takes node ${id} to ${total} over ${cap}`);
    }
  }
  for (const { id, spentMicrocents, buckets } of nodes) {
    assert.equal(spentMicrocents, spent.get(id), `node ${id} spent`);
    const inBuckets = buckets.filter((bucket) => bucket.expiresAt > now);
    const held = inBuckets.reduce((sum, bucket) => sum + bucket.heldMicrocents, 0);
    assert.equal(held, heldAt(id, now), `node ${id} held`);
  }
  assert.equal(byId.get(tree).root.seq, before);
}

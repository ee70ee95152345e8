// What a process keeps of a tree is bounded, also while the tree is never idle.
import assert from "node:assert/strict";
import { test } from "node:test";
import { AgentKey } from "keyrail";
import { memory } from "keyrail/stores/memory";

/** More than the holds that stay resident, by some batches. */
const HOLDS = 22_000;
const WORKERS = 100;

test("holds beyond the bound are read again, though the tree never rests", async () => {
  const inner = memory();
  const lookedUp = new Set();
  const read = (refs) => {
    for (const ref of refs) if ("hold" in ref) lookedUp.add(ref.hold);
    return inner.read(refs);
  };
  const ak = new AgentKey({ store: { ...inner, read } });
  const { key } = await ak.create({ accountId: "acme", budgetCents: HOLDS * 2 });
  const first = await ak.reserve(key, { costCents: 1 });
  let open = HOLDS;
  let isDone = false;
  const reserving = Array.from({ length: WORKERS }, async () => {
    for (; open > 0; open -= 1) await ak.reserve(key, { costCents: 1 });
    // The tree stays busy until the first hold has been asked for.
    while (!isDone) await ak.trackUsage(key, { costCents: 0.001 });
  });
  while (open > 0) await ak.trackUsage(key, { costCents: 0.001 });
  assert.deepEqual([...lookedUp], []);
  const settled = await ak.settle(first.hold.id, { costCents: 1 });
  isDone = true;
  await Promise.all(reserving);
  assert.deepEqual(settled, { success: true, costCents: 1, overdraftCents: 0, late: false });
  assert.deepEqual([...lookedUp], [first.hold.id]);
});

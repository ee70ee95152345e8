// What somebody else writes into a row is taken in before anything is decided on it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { KeyrailError } from "keyrail";
import { nodeRow } from "../stores/rows.mjs";
import { FaultyStore, faults } from "./faulty-store.mjs";
import { entriesOf, newTree, process } from "./world.mjs";

const CENT = 1_000_000;

/** Writes a row's public columns as another program does: the row is edited, and its version moves. */
async function edit(store, id, edited) {
  const chain = (await store.inner.read([{ id }])).chains[0];
  const { version, ...row } = chain.at(-1);
  const terms = { tree: row.tree, now: 0, clock: "injected", owner: "psql", claims: false };
  const commit = { ...terms, checks: [{ ref: { node: id }, version }], puts: [{ ...row, edited }] };
  const { results } = await store.inner.commit([commit]);
  assert.equal(results[0].ok, true);
}

const usedOf = async (ak, key) => (await ak.budgets({ key })).map(({ usedCents }) => usedCents);

test("an increase counts on every ancestor at once, and becomes an entry", async () => {
  const { store, ak, root, child } = await newTree({ cap: 100 });
  await ak.trackUsage(child.key, { costCents: 10.5 });
  await edit(store, child.id, { usedCents: 40, resetAt: null });
  assert.deepEqual(await usedOf(ak, child.key), [40.5, 40.5]);
  assert.equal((await ak.trackUsage(child.key, { costCents: 60 })).reason, "budget_exceeded");
  assert.equal((await ak.trackUsage(root.key, { costCents: 59.5 })).success, true);
  const entries = await entriesOf(store, root.id);
  const told = entries.map(({ seq, entryKind, amountMicrocents }) => [seq, entryKind, amountMicrocents]).slice(2);
  assert.deepEqual(told, [
    [3, "charge", 10.5 * CENT],
    [4, "adjust", 30 * CENT],
    [5, "charge", 59.5 * CENT],
  ]);
});

test("a decrease sets its own row alone", async () => {
  const { store, ak, child } = await newTree({ cap: 100 });
  await ak.trackUsage(child.key, { costCents: 10.5 });
  await edit(store, child.id, { usedCents: 0, resetAt: null });
  assert.deepEqual(await usedOf(ak, child.key), [10.5, 0]);
});

test("an edit is taken in once, whoever sees it first", async () => {
  const { store, ak, other, root, child } = await newTree({ cap: 1_000 });
  await edit(store, child.id, { usedCents: 7, resetAt: null });
  const asked = Array.from({ length: 20 }, (_, index) => {
    const process = index % 2 === 0 ? ak : other;
    return index % 3 === 0 ? process.validate(child.key) : process.trackUsage(child.key, { costCents: 1 });
  });
  await Promise.all(asked);
  assert.deepEqual(await usedOf(other, child.key), [20, 20]);
  const kinds = (await entriesOf(store, root.id)).map(({ entryKind }) => entryKind);
  assert.equal(kinds.filter((kind) => kind === "adjust").length, 1);
});

test("an edit that comes between two tries of a commit is taken in too", async () => {
  const { store, ak, root, child } = await newTree({ cap: 100 });
  await ak.validate(child.key);
  await edit(store, root.id, { usedCents: 95, resetAt: null });
  // Decided from cached rows; the refused commit brings the edited one back.
  assert.equal((await ak.trackUsage(child.key, { costCents: 10 })).reason, "budget_exceeded");
  assert.deepEqual(await usedOf(ak, child.key), [95, 0]);
});

test("an edit whose commit was lost is not taken in twice", async () => {
  const { store, ak, child } = await newTree({ cap: 100 });
  await edit(store, child.id, { usedCents: 30, resetAt: null });
  store.next("commit", faults.after);
  assert.equal((await ak.validate(child.key)).budgetUsedCents, 30);
  assert.deepEqual(await usedOf(ak, child.key), [30, 30]);
});

test("a reserve whose commit was lost is answered, once an edit that came behind it is taken in", async () => {
  const { store, ak, root, child } = await newTree({ cap: 100 });
  store.next("commit", async (work) => {
    await work();
    await edit(store, root.id, { usedCents: 5, resetAt: null });
    throw new Error("the connection was lost before the answer");
  });
  let reads = 0;
  store.always("read", (work) => {
    reads += 1;
    if (reads > 20) throw new KeyrailError("invalid_commit", "the same rows are read over and over");
    return work();
  });
  const held = await ak.reserve(child.key, { costCents: 3 });
  assert.equal(held.success, true);
  assert.deepEqual(await usedOf(ak, child.key), [5, 0]);
});

test("an edit of a row and of the one above it are both taken in, whichever has the smaller id", async () => {
  const store = new FaultyStore();
  const ak = process(store, { now: 1_000 });
  // The parent's id is the greater one, as in rows that somebody moved here from elsewhere.
  const terms = { tree: 9, now: 0, clock: "injected", owner: "psql", claims: false };
  const parent = nodeRow(9);
  const child = nodeRow(3, parent);
  const absent = (id) => ({ ref: { node: id }, version: null });
  const first = await store.inner.commit([{ ...terms, checks: [absent(9)], puts: [parent] }]);
  const [version] = first.results[0].versions;
  await store.inner.commit([{ ...terms, checks: [{ ref: { node: 9 }, version }, absent(3)], puts: [parent, child] }]);
  await edit(store, 9, { usedCents: 5, resetAt: null });
  await edit(store, 3, { usedCents: 7, resetAt: null });
  assert.deepEqual(
    (await ak.budgets({ id: 3 })).map(({ usedCents }) => usedCents),
    [12, 7],
  );
});

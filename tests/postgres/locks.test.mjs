// Locks: a locked tree delays only itself, and nobody waits on a connection.
import assert from "node:assert/strict";
import { test } from "node:test";
import { AgentKey } from "keyrail";
import { postgres } from "keyrail/stores/postgres";
import { commitOf, newRoot } from "../stores/rows.mjs";
import { openDatabase } from "./world.mjs";

const { pool } = await openDatabase();
const store = postgres(pool);
await store.migrate({ dryRun: false });

/** Runs while a transaction of somebody else's has done this. */
async function during(statement, values, run) {
  const other = await pool.connect();
  await other.query("BEGIN");
  try {
    await other.query(statement, values);
    return await run();
  } finally {
    await other.query("ROLLBACK");
    other.release();
  }
}

const LOCKED = "SELECT FROM sdk_api_keys WHERE id = $1 FOR UPDATE";

test("13: in a batch over several trees only the locked one is busy", async () => {
  const roots = [await newRoot(store), await newRoot(store), await newRoot(store)];
  const commits = () => roots.map((root) => commitOf(root.tree, [{ ...root, spentMicrocents: 1 }]));
  const began = performance.now();
  const { results } = await during(LOCKED, [roots[1].id], () => store.commit(commits()));
  assert.deepEqual(
    results.map(({ ok, busy }) => ({ ok, busy })),
    [
      { ok: true, busy: undefined },
      { ok: false, busy: true },
      { ok: true, busy: undefined },
    ],
  );
  assert.ok(performance.now() - began < 2_000);
  const { results: again } = await store.commit([commits()[1]]);
  assert.equal(again[0].ok, true, "nothing of it was written");
});

test("13: an edit that is not committed yet makes its tree busy, never refused", async () => {
  const root = await newRoot(store);
  const commit = commitOf(root.tree, [{ ...root, spentMicrocents: 1 }]);
  const edit = "UPDATE sdk_api_keys SET budget_cents = 5 WHERE id = $1";
  const { results } = await during(edit, [root.id], () => store.commit([commit]));
  assert.deepEqual(results, [{ ok: false, busy: true }]);
});

test("13: a row that is being made by somebody else is busy, not absent", async () => {
  const root = await newRoot(store);
  const [free] = await store.allocate(1);
  const checks = [{ ref: { node: root.id }, version: null }];
  const commit = { ...commitOf(root.tree, []), checks };
  const { results } = await during(LOCKED, [root.id], () => store.commit([commit]));
  assert.deepEqual(results, [{ ok: false, busy: true }]);
  assert.ok(free > root.id);
});

test("a foreign key to the table does not stand in a charge's way", async () => {
  await pool.query("CREATE TABLE orders (key_id int REFERENCES sdk_api_keys (id))");
  const root = await newRoot(store);
  const commit = commitOf(root.tree, [{ ...root, spentMicrocents: 1 }]);
  const { results } = await during("INSERT INTO orders VALUES ($1)", [root.id], () => store.commit([commit]));
  assert.equal(results[0].ok, true);
});

test("others go on at their pace while one tree is locked, and its charge succeeds afterwards", async () => {
  const ak = new AgentKey({ pool });
  const keys = await Promise.all(Array.from({ length: 8 }, () => ak.create({ accountId: "acme", budgetCents: 1000 })));
  let locked;
  await during(LOCKED, [keys[0].id], async () => {
    locked = ak.trackUsage(keys[0].key, { costCents: 1 });
    const began = performance.now();
    for (const { key } of keys.slice(1)) assert.equal((await ak.trackUsage(key, { costCents: 1 })).success, true);
    assert.ok(performance.now() - began < 2_000, `${performance.now() - began} ms`);
  });
  assert.equal((await locked).success, true);
  await ak.close();
});

// What the store may be given: pools, clients, PGlite, objects with a `query`, whatever their types are parsed to.
import assert from "node:assert/strict";
import { test } from "node:test";
import { PGlite } from "@electric-sql/pglite";
import { AgentKey } from "keyrail";
import { postgres } from "keyrail/stores/postgres";
import pg from "pg";
import { openDatabase } from "./world.mjs";

const { pool, url } = await openDatabase();
await postgres(pool).migrate({ dryRun: false });

/** A charge and a denial on a chain of two, and what the books say afterwards. */
async function chargesOver(given, options) {
  const ak = new AgentKey({ store: postgres(given, options) });
  const parent = await ak.create({ accountId: "acme", budgetCents: 100, scopes: ["read", "write"], expiresIn: "1h" });
  const child = await ak.create({ accountId: "acme", parent: { id: parent.id } });
  assert.equal((await ak.trackUsage(child.key, { costCents: 60.25, metadata: { a: 1 } })).success, true);
  assert.equal((await ak.trackUsage(child.key, { costCents: 40 })).success, false);
  const { hold } = await ak.reserve(child.key, { costCents: 30 });
  assert.equal((await ak.settle(hold.id, { costCents: 20 })).success, true);
  const budgets = await ak.budgets({ id: parent.id });
  await ak.close();
  assert.deepEqual(
    budgets.map(({ usedCents, heldCents }) => [usedCents, heldCents]),
    [[80.25, 0]],
  );
}

test("a pool", async () => chargesOver(pool));

test("statements without names", async () => chargesOver(pool, { prepare: false }));

test("type parsers of the user's own: bigint, raw JSON, texts for times and arrays", async () => {
  const parsers = {
    20: BigInt,
    23: (text) => `int ${text}`,
    25: (text) => text,
    114: (text) => text,
    3802: (text) => text,
  };
  const types = { getTypeParser: (oid) => parsers[oid] ?? ((text) => text) };
  const own = new pg.Pool({ connectionString: url, types });
  await chargesOver(own);
  await own.end();
});

/** A connected client. */
async function withClient(run) {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await run(client);
  } finally {
    await client.end();
  }
}

test("a client outside a transaction", () => withClient((client) => chargesOver(client)));

test("an object with nothing but a query", async () =>
  chargesOver({ query: (text, values) => pool.query(text, values) }));

const inTransaction = { code: "store_in_transaction" };

test("12: a client inside a transaction is refused, whether or not anything was written in it, or it has failed", () =>
  withClient(async (client) => {
    const [id] = await postgres(pool).allocate(1);
    for (const given of [client, { query: (text, values) => client.query(text, values) }]) {
      const store = postgres(given);
      for (const begun of ["SELECT 1", "CREATE TEMP TABLE written (a int)", "SELECT 1 / 0"]) {
        await client.query("BEGIN");
        await client.query(begun).catch(() => undefined);
        await assert.rejects(store.read([{ id }]), inTransaction, begun);
        await assert.rejects(store.allocate(1), inTransaction, begun);
        await assert.rejects(store.migrate({ dryRun: false }), inTransaction, begun);
        await client.query("ROLLBACK");
        assert.deepEqual((await store.read([{ id }])).chains, [[]]);
      }
    }
  }));

test("12: a transaction begun while the statement waited for its turn is told too", () =>
  withClient(async (client) => {
    const begun = client.query("BEGIN");
    await assert.rejects(postgres(client).read([{ id: 1 }]), inTransaction);
    await begun;
  }));

test("what is no pool and no client is refused at once", () => {
  for (const given of [undefined, null, {}, { query: 1 }]) {
    assert.throws(() => postgres(given), { code: "invalid_option" });
  }
});

test("PGlite", async () => {
  const db = new PGlite();
  await postgres(db).migrate({ dryRun: false });
  await chargesOver(db);
  await db.query("BEGIN");
  await assert.rejects(postgres(db).read([{ id: 1 }]), inTransaction);
  await db.query("ROLLBACK");
  await db.close();
});

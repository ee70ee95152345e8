// `migrate()`: twice, from several processes at once, on a table that agentkey made, beside open transactions.
import assert from "node:assert/strict";
import { test } from "node:test";
import { AgentKey } from "keyrail";
import { hashKey } from "keyrail/keys";
import { postgres } from "keyrail/stores/postgres";
import pg from "pg";
import { AGENTKEY_TABLE, openDatabase } from "./world.mjs";

const { pool, url, schema } = await openDatabase();
const migrated = (tableName) => postgres(pool, { tableName }).migrate({ dryRun: false });

/** What a table and its neighbours are made of. */
const shape = async (table) => {
  const { rows } = await pool.query(
    `SELECT c.relname, c.relkind, a.attname, format_type(a.atttypid, a.atttypmod) AS type FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
      WHERE c.relnamespace = $1::regnamespace AND c.relname LIKE $2 AND a.attnum > 0 ORDER BY 1, 3`,
    [schema, `${table}%`],
  );
  return rows;
};

test("on an empty database, and a second time, which changes nothing", async () => {
  await migrated("twice");
  const first = await shape("twice");
  assert.ok(first.length > 50, `${first.length} columns`);
  await migrated("twice");
  assert.deepEqual(await shape("twice"), first);
});

test("from several processes at once", async () => {
  const pools = Array.from({ length: 6 }, () => new pg.Pool({ connectionString: url, max: 1 }));
  const stores = pools.map((one) => postgres(one, { tableName: "at_once" }));
  await Promise.all(stores.map((store) => store.migrate({ dryRun: false })));
  assert.deepEqual(await stores[0].allocate(2), [1, 2]);
  for (const one of pools) await one.end();
});

test("dryRun says the statements and makes nothing", async () => {
  const statements = await postgres(pool, { tableName: "never" }).migrate({ dryRun: true });
  assert.ok(statements.every((statement) => typeof statement === "string") && statements.length > 0);
  assert.match(statements.join("\n"), /CREATE TABLE IF NOT EXISTS "never"/);
  assert.deepEqual(await shape("never"), []);
  await assert.rejects(postgres(pool, { tableName: "never" }).allocate(1), { code: "not_migrated" });
});

test("on agentkey's table, with rows of its own in it", async () => {
  await pool.query(AGENTKEY_TABLE);
  const secrets = ["plain", "nameless", "capped"];
  for (const secret of secrets) {
    await pool.query("INSERT INTO sdk_api_keys (account_id, key_hash, key_prefix) VALUES ('acme', $1, 'ak_12345678')", [
      hashKey(secret),
    ]);
  }
  await pool.query("UPDATE sdk_api_keys SET account_id = NULL, name = NULL, created_at = NULL WHERE id = 2");
  await pool.query(
    "UPDATE sdk_api_keys SET budget_cents = 100, budget_used_cents = 90, scopes = '{read,NULL}' WHERE id = 3",
  );
  const ak = new AgentKey({ pool });
  await ak.migrate();
  await ak.migrate();
  for (const secret of secrets) assert.equal((await ak.validate(secret)).valid, true, secret);
  assert.deepEqual((await ak.validate("capped")).scopes, ["read"]);
  assert.equal((await ak.trackUsage("capped", { costCents: 11 })).success, false);
  assert.equal((await ak.trackUsage("capped", { costCents: 10 })).success, true);
  assert.equal((await ak.trackUsage("nameless", { costCents: 0.5 })).success, true);
  const { rows } = await pool.query(
    "SELECT id, account_id, name, budget_used_cents, keyrail_spent::int, scopes FROM sdk_api_keys ORDER BY id",
  );
  assert.deepEqual(
    rows.map(({ account_id, name, budget_used_cents, keyrail_spent }) => [
      account_id,
      name,
      budget_used_cents,
      keyrail_spent,
    ]),
    [
      ["acme", "default", 0, 0],
      [null, null, 0, 500_000],
      ["acme", "default", 100, 100_000_000],
    ],
  );
  const { id } = await ak.create({ accountId: "acme" });
  assert.equal(id, 4, "ids go on where the table's own sequence stands");
  const unique = await pool.query(
    "SELECT count(*)::int AS n FROM pg_indexes WHERE tablename = 'sdk_api_keys' AND indexdef LIKE '%(external_subject)%'",
  );
  assert.equal(unique.rows[0].n, 1, "agentkey's own unique index is enough");
  await ak.close();
});

test("where nothing is to do it neither waits for an open transaction nor holds up others", async () => {
  await migrated("quiet");
  const writer = await pool.connect();
  await writer.query("BEGIN");
  await writer.query("INSERT INTO quiet (key_hash, key_prefix) VALUES ('x', 'x')");
  const before = performance.now();
  await migrated("quiet");
  const took = performance.now() - before;
  await writer.query("ROLLBACK");
  writer.release();
  assert.ok(took < 2_000, `${took} ms`);
});

test("where something is to do it waits a bounded time for a transaction, and those behind it go on", async () => {
  await pool.query(
    "CREATE TABLE waiting (id serial PRIMARY KEY, account_id text, key_hash text NOT NULL UNIQUE, key_prefix text NOT NULL, name text, created_at timestamptz, last_used_at timestamptz, revoked_at timestamptz)",
  );
  const reader = await pool.connect();
  await reader.query("BEGIN");
  await reader.query("SELECT * FROM waiting");
  const migrating = migrated("waiting").then(
    () => "done",
    (error) => error.code,
  );
  const before = performance.now();
  await pool.query("SELECT pg_sleep(0.2)");
  await pool.query("SELECT count(*) FROM waiting");
  const held = performance.now() - before;
  assert.equal(await migrating, "migration_blocked");
  await reader.query("COMMIT");
  reader.release();
  assert.ok(held < 10_000, `others were held up for ${held} ms`);
  await migrated("waiting");
});

// Where the recorded cases of agentkey run. A place gives every case an empty table, its rows in
// agentkey's columns, and a way to write them as somebody with SQL at hand does.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import { memory } from "keyrail/stores/memory";
import { postgres } from "keyrail/stores/postgres";
import { sqlite } from "keyrail/stores/sqlite";
import pg from "pg";
import { PostgresServer } from "../servers/postgres.mjs";

const MICROCENTS_PER_CENT = 1e6;

/** The columns that the recording shows. */
const COLUMNS = [
  "account_id",
  "user_id",
  "key_prefix",
  "name",
  "scopes",
  "budget_cents",
  "budget_used_cents",
  "budget_period",
  "budget_reset_at",
  "expires_at",
  "delegated_by",
  "external_subject",
  "created_at",
  "last_used_at",
  "revoked_at",
];

/** The table as the recording found it; the rest is the library's own migration. */
const BASE_TABLE = `CREATE TABLE sdk_api_keys (id serial PRIMARY KEY, account_id text,
  key_hash text NOT NULL UNIQUE, key_prefix text NOT NULL, name text DEFAULT 'default',
  created_at timestamptz DEFAULT now(), last_used_at timestamptz, revoked_at timestamptz)`;

const dateOf = (ms) => (ms === null ? null : new Date(ms));

const rowIn = async (store, ref) => (await store.read([ref])).chains[0].at(-1);

/** A row of the contract in agentkey's columns. */
const columnsOf = (row) => ({
  account_id: row.accountId,
  user_id: row.userId,
  key_prefix: row.keyPrefix,
  name: row.name,
  scopes: row.scopes,
  budget_cents: row.capMicrocents === null ? null : row.capMicrocents / MICROCENTS_PER_CENT,
  budget_used_cents: Math.floor(row.spentMicrocents / MICROCENTS_PER_CENT),
  budget_period: row.period,
  budget_reset_at: dateOf(row.resetAt),
  expires_at: dateOf(row.expiresAt),
  delegated_by: row.delegatedBy,
  external_subject: row.subject,
  created_at: dateOf(row.createdAt),
  last_used_at: dateOf(row.lastUsedAt),
  revoked_at: dateOf(row.revokedAt),
});

/** What the recording masks: the shown part of a secret. */
const masked = (columns) => columns && { ...columns, key_prefix: columns.key_prefix.replace(/[0-9a-f]{8}$/, "<hex8>") };

/** A case in a store of its own, whose rows are looked at and written through the contract. */
const opened = (store) => ({
  options: { store },
  row: (ref) => rowIn(store, ref),
  columns: async (ref) => {
    const row = await rowIn(store, ref);
    return masked(row && columnsOf(row));
  },
  async set(id, { budget_reset_at, budget_used_cents, ...others }) {
    if (Object.keys(others).length > 0) throw new Error(`no way to set ${Object.keys(others)}`);
    const { version, ...row } = await rowIn(store, { id });
    const spentMicrocents = budget_used_cents * MICROCENTS_PER_CENT;
    const changed = { ...row, resetAt: Date.parse(budget_reset_at), spentMicrocents };
    const terms = { tree: row.tree, now: 0, clock: "injected", owner: "psql", claims: false };
    const checks = [{ ref: { node: id }, version }];
    const { results } = await store.commit([{ ...terms, checks, puts: [changed] }]);
    if (!results[0].ok) throw new Error("the row was not set");
  },
});

const inMemory = { name: "memory()", use: (work) => work(opened(memory())) };

const folder = mkdtempSync(join(tmpdir(), "keyrail-recorded-"));
after(() => rmSync(folder, { recursive: true }));
let files = 0;

const inSqlite = {
  name: "sqlite()",
  async use(work) {
    files += 1;
    const store = sqlite(join(folder, `${files}.db`), { synchronous: "normal" });
    try {
      return await work(opened(store));
    } finally {
      await store.close();
    }
  },
};

// One server and one pool for all cases of a file; the pool is what agentkey's users pass.
const server = await PostgresServer.start({ fsync: "off" });
const pool = new pg.Pool({ connectionString: server.url });
after(async () => {
  await pool.end();
  await server.remove();
});

await pool.query(BASE_TABLE);
const store = postgres(pool);
await store.migrate({ dryRun: false });
const { rows: tables } = await pool.query("SELECT tablename FROM pg_tables WHERE schemaname = 'public'");
// Many times quicker than TRUNCATE, which makes new files.
const deletes = tables.map(({ tablename }) => `DELETE FROM ${tablename}`);
const EMPTY = [...deletes, "SELECT setval('sdk_api_keys_id_seq', 1, false)"].join("; ");

const inPostgres = {
  name: "Postgres",
  async use(work) {
    await pool.query(EMPTY);
    return work({
      options: { pool, tableName: "sdk_api_keys" },
      row: (ref) => rowIn(store, ref),
      columns: async (ref) => {
        const [[column, value]] = Object.entries(ref);
        const by = column === "subject" ? "external_subject" : column;
        const { rows } = await pool.query(`SELECT ${COLUMNS} FROM sdk_api_keys WHERE ${by} = $1`, [value]);
        return masked(rows[0]);
      },
      async set(id, columns) {
        const sets = Object.keys(columns).map((column, index) => `${column} = $${index + 2}`);
        const text = `UPDATE sdk_api_keys SET ${sets} WHERE id = $1`;
        const { rowCount } = await pool.query(text, [id, ...Object.values(columns)]);
        if (rowCount !== 1) throw new Error("the row was not set");
      },
    });
  },
};

/** Every place; the same cases run in each, with the same differences. */
export const places = [inMemory, inSqlite, inPostgres];

// A real Postgres, and for every test a table of its own as agentkey's users have it.
import { after } from "node:test";
import { AgentKey } from "keyrail";
import { postgres } from "keyrail/stores/postgres";
import pg from "pg";
import { PostgresServer } from "../servers/postgres.mjs";
import { AgentkeyProcess } from "./agentkey-process.mjs";

export const START = Date.parse("2026-01-31T10:30:00.000Z");
export const HOUR = 3_600_000;
export const DAY = 24 * HOUR;

export const server = await PostgresServer.start({ fsync: "off" });
const pool = new pg.Pool({ connectionString: server.url, max: 20 });
after(async () => {
  await pool.end();
  await server.remove();
});

let tables = 0;

/** A table that agentkey made, ready for Keyrail, and a clock that only the test moves. */
export async function newTable() {
  tables += 1;
  const tableName = `keys_${tables}`;
  const clock = { now: START };
  const options = { pool, tableName, clock: () => clock.now };
  await new AgentkeyProcess(options).migrate();
  const store = postgres(pool, { tableName });
  await store.migrate({ dryRun: false });
  return {
    pool,
    tableName,
    clock,
    store,
    /** Another process that runs Keyrail. */
    keyrail: (more = {}) => new AgentKey({ ...options, ...more }),
    /** A process that still runs agentkey. */
    agentkey: () => new AgentkeyProcess(options),
    /** A row as its columns stand. */
    row: async (id) => (await pool.query(`SELECT * FROM ${tableName} WHERE id = $1`, [id])).rows[0],
    /** Writes a row as people do. */
    sql: (id, set) => pool.query(`UPDATE ${tableName} SET ${set} WHERE id = $1`, [id]),
    /** What the ledger tells of a tree: kind, node, cents. */
    entries: async (tree) => {
      const { rows } = await store.list({ entries: { tree } }, { cursor: null, limit: 100_000 });
      return rows.map(({ entryKind, node, amountMicrocents }) => [entryKind, node, amountMicrocents / 1e6]);
    },
  };
}

/** What the ledger's entries of some kinds sum to, in cents. */
export const sumOf = (entries, ...kinds) =>
  entries.reduce((sum, [kind, , cents]) => sum + (kinds.includes(kind) ? cents : 0), 0);

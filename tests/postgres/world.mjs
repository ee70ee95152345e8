// A database for one test file, in a schema of its own: on the server of `KEYRAIL_PG_URL`, else on
// one that is started for it.
import { randomUUID } from "node:crypto";
import { after } from "node:test";
import pg from "pg";
import { PostgresServer } from "../servers/postgres.mjs";

/** `url` and `pool` of a fresh schema; all of it is gone after the file's tests. */
export async function openDatabase() {
  const given = process.env.KEYRAIL_PG_URL;
  const server = given === undefined ? await PostgresServer.start({ fsync: "off" }) : undefined;
  const bare = given ?? server.url;
  const schema = `keyrail_test_${randomUUID().slice(0, 8)}`;
  const admin = new pg.Pool({ connectionString: bare });
  await admin.query(`CREATE SCHEMA ${schema}`);
  const connectionString = new URL(bare);
  connectionString.searchParams.set("options", `-c search_path=${schema}`);
  const url = connectionString.href;
  const pool = new pg.Pool({ connectionString: url });
  after(async () => {
    await pool.end();
    await admin.query(`DROP SCHEMA ${schema} CASCADE`);
    await admin.end();
    await server?.remove();
  });
  return { url, pool, schema };
}

/** agentkey's table as its users have it, with rows that it and others made. */
export const AGENTKEY_TABLE = `
  CREATE TABLE sdk_api_keys (
    id serial PRIMARY KEY, account_id text, key_hash text NOT NULL UNIQUE, key_prefix text NOT NULL, name text DEFAULT 'default',
    created_at timestamptz DEFAULT now(), last_used_at timestamptz, revoked_at timestamptz);
  ALTER TABLE sdk_api_keys ADD COLUMN user_id text, ADD COLUMN scopes text[], ADD COLUMN budget_cents integer,
    ADD COLUMN budget_used_cents integer DEFAULT 0, ADD COLUMN budget_period text, ADD COLUMN budget_reset_at timestamptz,
    ADD COLUMN expires_at timestamptz, ADD COLUMN delegated_by text, ADD COLUMN external_subject text;
  CREATE UNIQUE INDEX sdk_api_keys_subject ON sdk_api_keys (external_subject) WHERE external_subject IS NOT NULL`;

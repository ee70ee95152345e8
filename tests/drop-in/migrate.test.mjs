// What migrate() would run can be run by hand, and both ways lead to the same schema.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { AgentKey } from "keyrail";
import pg from "pg";
import { AgentkeyProcess } from "./agentkey-process.mjs";
import { server } from "./world.mjs";

const BASE_TABLE = `CREATE TABLE sdk_api_keys (id serial PRIMARY KEY, account_id text, key_hash text NOT NULL UNIQUE,
  key_prefix text NOT NULL, name text NOT NULL DEFAULT 'default', created_at timestamptz DEFAULT now(),
  last_used_at timestamptz, revoked_at timestamptz)`;

/** Columns, constraints, indexes and functions, as the catalogue tells them. */
const SCHEMA = `
  SELECT 'column' AS what, table_name || '.' || column_name AS name,
    concat_ws(' ', ordinal_position, udt_name, is_nullable, column_default) AS is
    FROM information_schema.columns WHERE table_schema = 'public'
  UNION ALL SELECT 'index', indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'
  UNION ALL SELECT 'constraint', conname, pg_get_constraintdef(oid) FROM pg_constraint
    WHERE connamespace = 'public'::regnamespace
  UNION ALL SELECT 'function', proname, pg_get_functiondef(oid) FROM pg_proc
    WHERE pronamespace = 'public'::regnamespace
  ORDER BY what, name`;

let databases = 0;

/** An empty database, and what is in it after `work`. */
async function schemaAfter(work) {
  databases += 1;
  const name = `database_${databases}`;
  const admin = new pg.Client({ connectionString: server.url });
  await admin.connect();
  await admin.query(`CREATE DATABASE ${name}`);
  await admin.end();
  const url = new URL(server.url);
  url.pathname = name;
  const pool = new pg.Pool({ connectionString: url.href });
  try {
    await work(pool, url.href);
    return (await pool.query(SCHEMA)).rows;
  } finally {
    await pool.end();
  }
}

const statementsOver = (pool) => new AgentKey({ pool }).migrate({ dryRun: true });

const byCall = async (pool) => {
  await new AgentKey({ pool }).migrate();
};

const byClient = async (pool) => {
  for (const statement of await statementsOver(pool)) await pool.query(statement);
};

const byPsql = async (pool, url) => {
  const input = (await statementsOver(pool)).map((statement) => `${statement};\n`).join("");
  const psql = spawnSync("psql", ["-X", "-q", "-v", "ON_ERROR_STOP=1", url], { input, encoding: "utf8" });
  assert.deepEqual([psql.status, psql.error, psql.stdout], [0, undefined, ""], psql.stderr);
};

const hasPsql = spawnSync("psql", ["--version"]).status === 0;
const noPsql = hasPsql ? false : "there is no psql on this machine";

for (const [start, base] of [
  ["an empty database", "SELECT"],
  ["a table of keys that is there", BASE_TABLE],
]) {
  const beginning = (way) => async (pool, url) => {
    await pool.query(base);
    await way(pool, url);
  };

  test(`a dry run over ${start} changes nothing`, async () => {
    assert.deepEqual(await schemaAfter(beginning(statementsOver)), await schemaAfter((pool) => pool.query(base)));
  });

  test(`its text, run statement by statement over ${start}, makes what migrate() makes`, async () => {
    const made = await schemaAfter(beginning(byCall));
    assert.equal(made.filter(({ what }) => what === "function").length, 1);
    assert.deepEqual(await schemaAfter(beginning(byClient)), made);
  });

  test(`its text, run with psql over ${start}, makes what migrate() makes`, { skip: noPsql }, async () => {
    assert.deepEqual(await schemaAfter(beginning(byPsql)), await schemaAfter(beginning(byCall)));
  });

  test(`migrating again over ${start} changes nothing`, async () => {
    const twice = async (pool) => {
      await byCall(pool);
      await byCall(pool);
      await byClient(pool);
    };
    assert.deepEqual(await schemaAfter(beginning(twice)), await schemaAfter(beginning(byCall)));
  });
}

test("agentkey's own index on external_subject is enough", async () => {
  const afterAgentkey = async (pool) => {
    await new AgentkeyProcess({ pool, tableName: "sdk_api_keys" }).migrate();
    await byCall(pool);
  };
  const made = await schemaAfter(afterAgentkey);
  const indexes = made.filter(({ what, is }) => what === "index" && is.includes("(external_subject)"));
  assert.deepEqual(
    indexes.map(({ name }) => name),
    ["sdk_api_keys_external_subject"],
  );
});

test("five processes migrate at once while agentkey works on the table", async () => {
  const atOnce = async (pool) => {
    await pool.query(BASE_TABLE);
    await pool.query("ALTER TABLE sdk_api_keys ADD budget_cents integer, ADD budget_used_cents integer DEFAULT 0");
    await pool.query("INSERT INTO sdk_api_keys (key_hash, key_prefix) VALUES ('h', 'ak_')");
    let isOver = false;
    let charges = 0;
    const work = async () => {
      while (!isOver) {
        await pool.query("UPDATE sdk_api_keys SET budget_used_cents = budget_used_cents + 1");
        charges += 1;
      }
    };
    const working = work();
    await Promise.all(Array.from({ length: 5 }, () => byCall(pool)));
    isOver = true;
    await working;
    const { rows } = await pool.query("SELECT budget_used_cents FROM sdk_api_keys");
    assert.deepEqual(rows, [{ budget_used_cents: charges }]);
  };
  const made = await schemaAfter(atOnce);
  assert.equal(made.filter(({ what }) => what === "function").length, 1);
});

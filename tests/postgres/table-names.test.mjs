// Names of tables: with a schema, quoted, mixed, hostile, too long; and two tables that share nothing.
import assert from "node:assert/strict";
import { test } from "node:test";
import { AgentKey } from "keyrail";
import { postgres } from "keyrail/stores/postgres";
import { openDatabase } from "./world.mjs";

const { pool, schema } = await openDatabase();

const HOSTILE = [
  "",
  " ",
  "a b",
  "a;DROP TABLE x",
  "a.b.c",
  "a.",
  ".a",
  'a"b',
  '"a',
  '""',
  "a'b",
  "1a",
  "a\0b",
  '"a\0b"',
  "tëst",
  "a--",
  "\ud800",
  7,
  {},
  "x".repeat(48),
  `"${"é".repeat(24)}"`,
];

test("hostile or impossible names are refused before anything is sent", () => {
  for (const tableName of HOSTILE) {
    assert.throws(() => postgres(pool, { tableName }), { code: "invalid_table_name" }, JSON.stringify(tableName));
  }
});

test("names that Postgres takes work throughout, and their tables share nothing", async () => {
  await pool.query(`CREATE SCHEMA "${schema} Two"`);
  const names = [
    "plain",
    "Mixed_Case",
    '"Mixed_Case"',
    `${schema}.with_schema`,
    `"${schema} Two"."Übung ""; DROP TABLE plain"`,
    `"it's"`,
    "with$dollar",
    "x".repeat(47),
  ];
  for (const [index, tableName] of names.entries()) {
    const ak = new AgentKey({ pool, tableName });
    await ak.migrate();
    const { key, id } = await ak.create({ accountId: "acme", budgetCents: 10 + index });
    assert.equal(id, 1, `${tableName} has ids of its own`);
    assert.equal((await ak.trackUsage(key, { costCents: 10 })).success, true);
    assert.equal((await ak.trackUsage(key, { costCents: index + 1 })).success, false);
    await ak.close();
  }
  const { rows } = await pool.query("SELECT count(*)::int AS n FROM plain");
  assert.deepEqual(rows, [{ n: 1 }]);
  await pool.query(`DROP SCHEMA "${schema} Two" CASCADE`);
});

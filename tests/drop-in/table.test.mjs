// The columns that agentkey's users read and edit, on a real Postgres.
import assert from "node:assert/strict";
import { test } from "node:test";
import { AgentKey } from "keyrail";
import pg from "pg";
import { HOUR, newTable, START, server } from "./world.mjs";

const INT4_MAX = 2_147_483_647;

test("budget_used_cents reads at once as a number after a charge", async () => {
  const { keyrail, row } = await newTable();
  const ak = keyrail();
  const { key, id } = await ak.create({ accountId: "acme", budgetCents: 100 });
  for (const [costCents, shown] of [
    [10, 10],
    [0.4, 10],
    [0.7, 11],
  ]) {
    assert.equal((await ak.trackUsage(key, { costCents })).success, true);
    assert.equal((await row(id)).budget_used_cents, shown);
  }
  assert.equal((await ak.validate(key)).budgetUsedCents, 11.1);
});

test("what is used goes beyond a 32-bit integer; its column stops there, and an edit of it still counts", async () => {
  const { keyrail, row, sql } = await newTable();
  const ak = keyrail();
  const { key, id } = await ak.create({ accountId: "acme" });
  await ak.trackUsage(key, { costCents: INT4_MAX });
  assert.deepEqual(await ak.trackUsage(key, { costCents: 1_000 }), {
    success: true,
    budgetUsedCents: INT4_MAX + 1_000,
    budgetRemainingCents: null,
  });
  assert.equal((await row(id)).budget_used_cents, INT4_MAX);
  assert.equal((await keyrail().validate(key)).budgetUsedCents, INT4_MAX + 1_000);
  await sql(id, "budget_used_cents = 7");
  assert.equal((await ak.validate(key)).budgetUsedCents, 7);
});

test("a cap goes beyond a 32-bit integer; its column stops there, and an edit of it still counts", async () => {
  const { keyrail, row, sql } = await newTable();
  const ak = keyrail();
  const { key, id } = await ak.create({ accountId: "acme", budgetCents: 5_000_000_000 });
  await ak.trackUsage(key, { costCents: 3_000_000_000 });
  assert.equal((await row(id)).budget_cents, INT4_MAX);
  const { budgetCents, budgetRemainingCents } = await keyrail().validate(key);
  assert.deepEqual([budgetCents, budgetRemainingCents], [5_000_000_000, 2_000_000_000]);
  await sql(id, "budget_cents = 100");
  assert.equal((await ak.validate(key)).reason, "budget_exceeded");
});

test("NULL in budget_used_cents is 0, in a row of agentkey's and in one of ours", async () => {
  const { keyrail, agentkey, sql, row } = await newTable();
  const ak = keyrail();
  const old = await agentkey().create({ accountId: "acme", budgetCents: 100 });
  await sql(old.id, "budget_used_cents = NULL");
  assert.equal((await ak.validate(old.key)).budgetUsedCents, 0);
  assert.equal((await ak.trackUsage(old.key, { costCents: 60 })).budgetUsedCents, 60);
  assert.equal((await row(old.id)).budget_used_cents, 60);
  await sql(old.id, "budget_used_cents = NULL");
  assert.equal((await ak.trackUsage(old.key, { costCents: 100 })).budgetUsedCents, 100);
});

test("any column that is edited with SQL is honoured by the very next answer", async () => {
  const { keyrail, sql } = await newTable();
  const ak = keyrail();
  const { key, id } = await ak.create({ accountId: "acme", budgetCents: 100, scopes: ["a"] });
  assert.equal((await ak.trackUsage(key, { costCents: 50 })).success, true);
  const answers = {
    "budget_cents = 40": { valid: false, reason: "budget_exceeded" },
    "budget_cents = NULL": { valid: true, budgetCents: null },
    "scopes = '{b,c}'": { scopes: ["b", "c"] },
    "scopes = NULL": { scopes: null },
    "name = 'renamed'": { name: "renamed" },
    "account_id = 'other', user_id = 'u', delegated_by = 'd'": { accountId: "other", userId: "u", delegatedBy: "d" },
    "budget_cents = 60, budget_used_cents = 59": { budgetRemainingCents: 1 },
    "external_subject = 'sub'": { valid: true },
    "expires_at = to_timestamp(0)": { valid: false, reason: "expired" },
    "expires_at = NULL": { valid: true, expiresAt: null },
    "revoked_at = now()": { valid: false, reason: "revoked" },
    "revoked_at = NULL": { valid: true },
  };
  for (const [set, expected] of Object.entries(answers)) {
    await sql(id, set);
    const answer = await ak.validate(key);
    assert.deepEqual(answer, { ...answer, ...expected }, set);
  }
  assert.equal((await ak.validateBySubject("sub")).id, id);
  await sql(id, "key_hash = repeat('0', 64)");
  assert.deepEqual(await ak.validate(key), { valid: false, reason: "invalid" });
});

const ROWS = {
  "budget_period = 'month', budget_reset_at = NULL": { valid: true, budgetResetAt: "2026-02-28T10:30:00.000Z" },
  "budget_period = 'quarter', budget_reset_at = now()": { valid: true, budgetPeriod: null, budgetUsedCents: 5 },
  "budget_cents = -5": { valid: false, reason: "budget_exceeded" },
  "budget_cents = 0": { valid: false, reason: "budget_exceeded" },
  "budget_used_cents = -10": { valid: true, budgetUsedCents: -10, budgetRemainingCents: 110 },
  "budget_used_cents = 2147483647": { valid: false, reason: "budget_exceeded" },
  "scopes = '{}'": { valid: true, scopes: [] },
  "scopes = array['a', NULL, 'b c,\"']": { valid: true, scopes: ["a", 'b c,"'] },
  "created_at = NULL, account_id = NULL": { valid: true, accountId: "" },
  "created_at = '-infinity', last_used_at = 'infinity'": { valid: true },
  "revoked_at = 'infinity'": { valid: false, reason: "revoked" },
  "expires_at = 'infinity'": { valid: true, expiresAt: null },
  "expires_at = '-infinity'": { valid: false, reason: "expired" },
};

for (const [set, expected] of Object.entries(ROWS)) {
  test(`a row of agentkey's as people leave it: ${set}`, async () => {
    const { keyrail, agentkey, sql, row } = await newTable();
    const { key, id } = await agentkey().create({ accountId: "acme", budgetCents: 100 });
    await agentkey().trackUsage(key, { costCents: 5 });
    await sql(id, set);
    // A NULL among scopes grants nothing, and goes.
    const plain = ({ scopes, ...others }) => ({ ...others, scopes: scopes?.filter((scope) => scope !== null) });
    const before = plain(await row(id));
    const ak = keyrail();
    const answer = await ak.validate(key);
    assert.deepEqual(answer, { ...answer, ...expected });
    await ak.close();
    const { success } = await ak.trackUsage(key, { costCents: 1 });
    assert.equal(success, expected.valid || expected.reason === "expired");
    if (!success) return;
    // A charge changes what is used and leaves what people wrote.
    const after = plain(await row(id));
    const left = ["account_id", "scopes", "created_at", "revoked_at", "expires_at", "budget_cents", "budget_period"];
    for (const column of left) assert.deepEqual(after[column], before[column], column);
    assert.equal(after.budget_used_cents, (before.budget_used_cents ?? 0) + 1);
  });
}

test("a month window of a row of agentkey's goes on from its stored end", async () => {
  const { keyrail, agentkey, clock, row } = await newTable();
  const { key, id } = await agentkey().create({ accountId: "acme", budgetCents: 100, budgetPeriod: "month" });
  await agentkey().trackUsage(key, { costCents: 90 });
  const ak = keyrail();
  assert.equal((await ak.trackUsage(key, { costCents: 20 })).reason, "budget_exceeded");
  for (const [now, end] of [
    ["2026-02-27T23:59:59.999Z", "2026-02-28T00:00:00.000Z"],
    ["2026-02-28T00:00:00.000Z", "2026-03-28T00:00:00.000Z"],
    ["2026-05-29T12:00:00.000Z", "2026-06-28T00:00:00.000Z"],
  ]) {
    clock.now = Date.parse(now);
    assert.equal((await ak.validate(key)).budgetResetAt, end, now);
  }
  assert.equal((await ak.trackUsage(key, { costCents: 20 })).budgetUsedCents, 20);
  const { budget_reset_at, budget_used_cents } = await row(id);
  assert.deepEqual([budget_reset_at.toISOString(), budget_used_cents], ["2026-06-28T00:00:00.000Z", 20]);
});

test("a pool with nothing but query() does everything", async () => {
  const { pool, tableName, row } = await newTable();
  const ak = new AgentKey({ pool: { query: (...input) => pool.query(...input) }, tableName, costRounding: "cent" });
  await ak.migrate();
  const { key, id } = await ak.create({ accountId: "acme", budgetCents: 100 });
  await ak.ensureSubject("sub", { budgetCents: 10 });
  assert.equal((await ak.validate(key)).valid, true);
  assert.equal((await ak.trackUsage(key, { costCents: 0.2 })).budgetUsedCents, 1);
  assert.equal((await ak.trackUsageBySubject("sub", { costCents: 11 })).reason, "budget_exceeded");
  const { hold } = await ak.reserve(key, { costCents: 50 });
  assert.equal((await ak.settle(hold.id, { costCents: 30 })).success, true);
  assert.equal((await row(id)).budget_used_cents, 31);
  assert.equal(await ak.revoke(id), true);
  assert.deepEqual(await ak.validate(key), { valid: false, reason: "revoked" });
});

test("parsers that somebody set for the types of his own queries change nothing", async () => {
  const { tableName } = await newTable();
  const text = 25;
  const types = { getTypeParser: (oid) => (oid === text ? String : () => "not what it was") };
  const pool = new pg.Pool({ connectionString: server.url, types });
  const ak = new AgentKey({ pool, tableName, clock: () => START });
  const options = { accountId: "acme", budgetCents: 100, budgetPeriod: "day", scopes: ["a"], expiresIn: "1h" };
  const { key } = await ak.create(options);
  await ak.trackUsage(key, { costCents: 0.5 });
  const { budgetUsedCents, scopes, expiresAt } = await ak.validate(key);
  assert.deepEqual([budgetUsedCents, scopes, Date.parse(expiresAt) - START], [0.5, ["a"], HOUR]);
  await ak.close();
  await pool.end();
});

for (const processes of [1, 3]) {
  test(`20 charges of 20 at once on 100, over ${processes} AgentKeys: exactly 5 succeed`, async () => {
    const { keyrail, row } = await newTable();
    const all = Array.from({ length: processes }, () => keyrail());
    const { key, id } = await all[0].create({ accountId: "acme", budgetCents: 100 });
    const charges = Array.from({ length: 20 }, (_, index) => all[index % processes].trackUsage(key, { costCents: 20 }));
    const answers = await Promise.all(charges);
    assert.equal(answers.filter(({ success }) => success).length, 5);
    assert.equal(answers.filter(({ reason }) => reason === "budget_exceeded").length, 15);
    assert.equal((await row(id)).budget_used_cents, 100);
  });
}

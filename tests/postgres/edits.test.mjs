// Every public column, edited with plain SQL, is honoured by the very next answer.
import assert from "node:assert/strict";
import { test } from "node:test";
import { AgentKey } from "keyrail";
import { hashKey } from "keyrail/keys";
import { openDatabase } from "./world.mjs";

const { pool } = await openDatabase();
const ak = new AgentKey({ pool });
await ak.migrate();

/** A parent and its child, both with a cap of 100 and 10 spent on the child, and known to the process. */
async function newPair() {
  const parent = await ak.create({
    accountId: "acme",
    budgetCents: 100,
    budgetPeriod: "day",
    scopes: ["read", "write"],
  });
  const child = await ak.create({ accountId: "acme", budgetCents: 100, parent: { id: parent.id } });
  assert.equal((await ak.trackUsage(child.key, { costCents: 10 })).success, true);
  return { parent, child };
}

const set = (id, assignments) => pool.query(`UPDATE sdk_api_keys SET ${assignments} WHERE id = $1`, [id]);
const charge = async (key, costCents) => (await ak.trackUsage(key, { costCents })).success;
const used = async (id) => (await ak.budgets({ id })).at(-1).usedCents;
const isValid = async (key) => (await ak.validate(key)).valid;

/** An edit of the parent or the child, and what the very next answer about the child has to be. */
const EDITS = [
  ["parent", "revoked_at = now()", async ({ child }) => !(await charge(child.key, 1))],
  ["child", "revoked_at = 'infinity'", async ({ child }) => !(await isValid(child.key))],
  ["child", "expires_at = now() - interval '1 s'", async ({ child }) => !(await isValid(child.key))],
  ["parent", "expires_at = '-infinity'", async ({ child }) => !(await isValid(child.key))],
  ["child", "expires_at = 'infinity'", async ({ child }) => isValid(child.key)],
  ["child", "scopes = '{read,NULL}'", async ({ child }) => same((await ak.validate(child.key)).scopes, ["read"])],
  ["parent", "scopes = '{}'", async ({ child }) => same((await ak.validate(child.key)).scopes, [])],
  ["child", "budget_cents = 19", async ({ child }) => !(await charge(child.key, 10)) && (await charge(child.key, 9))],
  ["child", "budget_cents = -5", async ({ child }) => !(await charge(child.key, 1))],
  ["child", "budget_cents = NULL", async ({ child }) => charge(child.key, 90)],
  ["parent", "budget_cents = 1000", async ({ parent }) => charge(parent.key, 900)],
  ["child", "budget_period = 'fortnight'", async ({ child }) => charge(child.key, 90)],
  [
    "child",
    "budget_used_cents = 95",
    async ({ child }) => !(await charge(child.key, 6)) && (await charge(child.key, 5)),
  ],
  ["child", "budget_used_cents = 0", async ({ child }) => (await used(child.id)) === 0],
  ["child", "budget_used_cents = NULL", async ({ child }) => (await used(child.id)) === 0],
  [
    "child",
    "budget_used_cents = 50",
    async ({ child, parent }) => (await charge(child.key, 1)) && (await used(parent.id)) === 51,
  ],
  ["parent", "budget_reset_at = now() - interval '1 s'", async ({ parent }) => (await used(parent.id)) === 0],
  [
    "child",
    `key_hash = '${hashKey("another")}'`,
    async ({ child }) => !(await isValid(child.key)) && (await isValid("another")),
  ],
  ["child", "external_subject = 'somebody'", async () => (await ak.validateBySubject("somebody")).valid],
  ["child", "account_id = NULL", async ({ child }) => charge(child.key, 90)],
];

const same = (left, right) => JSON.stringify(left) === JSON.stringify(right);

for (const [whose, assignments, isHonoured] of EDITS) {
  test(`${whose}: ${assignments.replace(/[0-9a-f]{64}/, "…")}`, async () => {
    const pair = await newPair();
    await set(pair[whose].id, assignments);
    assert.equal(await isHonoured(pair), true);
  });
}

test("a row that was deleted, and one whose parent was", async () => {
  for (const whose of ["child", "parent"]) {
    const pair = await newPair();
    await pool.query("DELETE FROM sdk_api_keys WHERE id = $1", [pair[whose].id]);
    assert.equal(await charge(pair.child.key, 1), false);
    assert.equal(await isValid(pair.child.key), false);
  }
});

test("an edit stays in the row where Keyrail has nothing to say about it", async () => {
  const { child } = await newPair();
  await set(child.id, "expires_at = 'infinity', budget_period = 'fortnight', account_id = NULL");
  assert.equal(await charge(child.key, 1), true);
  const { rows } = await pool.query(
    "SELECT expires_at = 'infinity' AS for_ever, budget_period, account_id FROM sdk_api_keys WHERE id = $1",
    [child.id],
  );
  assert.deepEqual(rows, [{ for_ever: true, budget_period: "fortnight", account_id: null }]);
});

test("figures above what agentkey's 32-bit columns hold are shown as the greatest, with the exact ones beside", async () => {
  const { key, id } = await ak.create({ accountId: "acme", budgetCents: 5_000_000_000 });
  assert.equal(await charge(key, 3_000_000_000), true);
  const { rows } = await pool.query(
    "SELECT budget_cents, budget_used_cents, keyrail_cap::text AS cap, keyrail_spent::text AS spent FROM sdk_api_keys WHERE id = $1",
    [id],
  );
  const greatest = 2_147_483_647;
  assert.deepEqual(rows, [
    { budget_cents: greatest, budget_used_cents: greatest, cap: "5000000000000000", spent: "3000000000000000" },
  ]);
  assert.equal(await charge(key, 2_000_000_001), false);
  assert.equal(await charge(key, 2_000_000_000), true);
});

test.after(() => ak.close());

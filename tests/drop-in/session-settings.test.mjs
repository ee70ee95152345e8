// Whatever a database or a role sets for its sessions, the answers are the same.
import assert from "node:assert/strict";
import { test } from "node:test";
import { AgentKey } from "keyrail";
import pg from "pg";
import { DAY, newTable, START, server } from "./world.mjs";

const SETTINGS = [
  "timezone=Asia/Kolkata",
  "datestyle=German",
  "intervalstyle=sql_standard",
  "standard_conforming_strings=off",
  "default_transaction_isolation=serializable",
  "default_transaction_isolation=repeatable\\ read",
  "plan_cache_mode=force_generic_plan",
];

for (const setting of SETTINGS) {
  test(`three processes whose sessions have ${setting}`, async () => {
    const { tableName, row } = await newTable();
    const settings = { connectionString: server.url, options: `-c ${setting}` };
    const pools = Array.from({ length: 3 }, () => new pg.Pool(settings));
    const [first, ...others] = pools.map((pool) => new AgentKey({ pool, tableName, clock: () => START }));
    const scopes = ["a\\b", "c'd", 'e"f'];
    const grant = { accountId: "o'hara\\", budgetCents: 100, budgetPeriod: "day", scopes };
    const { key, id } = await first.create(grant);
    const charges = Array.from({ length: 60 }, (_, index) =>
      [first, ...others][index % 3].trackUsage(key, { costCents: 20 }),
    );
    assert.equal((await Promise.all(charges)).filter(({ success }) => success).length, 5);
    const { account_id, budget_used_cents, budget_reset_at, scopes: written } = await row(id);
    assert.deepEqual([account_id, written], [grant.accountId, scopes]);
    assert.deepEqual([budget_used_cents, budget_reset_at.getTime()], [100, START + DAY]);
    for (const pool of pools) await pool.end();
  });
}

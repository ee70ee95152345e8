// What went wrong with agentkey and does not with Keyrail on the same table. Cases of one idea over
// memory() are in tests/agent-key, tests/express and tests/http; here each runs on a real Postgres.
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import express from "express5";
import { AgentKey } from "keyrail";
import { agentKeyMiddleware, createAgentKeyRoutes } from "keyrail/express";
import { send, serve } from "../express/server.mjs";
import { DAY, HOUR, newTable, START } from "./world.mjs";

const CALLS = 200;
const MINUTE = 60_000;

for (const [costCents, affordable] of [
  [100, 10],
  [300, 3],
]) {
  test(`work does not run unpaid: ${CALLS} calls of ${costCents} at once on 1,000 run ${affordable} handlers`, async (t) => {
    const { keyrail, row } = await newTable();
    // Two application processes behind one address.
    const processes = [keyrail(), keyrail()];
    const { key, id } = await processes[0].create({ accountId: "acme", budgetCents: 1_000 });
    let ran = 0;
    const handle = async (req, res) => {
      ran += 1;
      await sleep(20);
      await req.agentKeyHold.settle(costCents);
      res.json({});
    };
    const servers = await Promise.all(
      processes.map((ak) =>
        serve(t, express, (app) => app.post("/", agentKeyMiddleware(ak, { reserve: costCents }), handle)),
      ),
    );
    const calls = Array.from({ length: CALLS }, (_, index) => send(servers[index % 2], { method: "POST", key }));
    const statuses = (await Promise.all(calls)).map(({ status }) => status);
    const of = (wanted) => statuses.filter((status) => status === wanted).length;
    assert.deepEqual([ran, of(200), of(429)], [affordable, affordable, CALLS - affordable]);
    assert.equal((await row(id)).budget_used_cents, affordable * costCents);
  });
}

/** The routes on a table of their own, and a way to ask them. */
async function newRoutes(t, options = {}) {
  const table = await newTable();
  const ak = table.keyrail();
  const server = await serve(t, express, (app) => app.use(express.json(), createAgentKeyRoutes(ak, options)));
  return { ...table, ak, ask: (method, path, asked = {}) => send(server, { method, path, ...asked }) };
}

test("minted keys are children: ten of them spend what their parent has, and end with it", async (t) => {
  const { ak, ask, row } = await newRoutes(t);
  const parent = await ak.create({ accountId: "acme", budgetCents: 100, budgetPeriod: "month" });
  const minted = [];
  for (let child = 0; child < 10; child += 1) {
    const asked = { budget_cents: 100, budget_period: child % 2 === 0 ? "day" : "month" };
    const { status, body } = await ask("POST", "/sdk-keys", { key: parent.key, json: asked });
    assert.deepEqual([status, body.parentId], [201, parent.id]);
    minted.push(body);
  }
  const charges = minted.map(({ key }) => ak.trackUsage(key, { costCents: 30 }));
  assert.equal((await Promise.all(charges)).filter(({ success }) => success).length, 3);
  assert.equal((await row(parent.id)).budget_used_cents, 90);
  assert.equal((await ask("DELETE", `/sdk-keys/${parent.id}`, { key: parent.key })).status, 200);
  for (const { key } of minted) assert.equal((await ak.validate(key)).reason, "ancestor_revoked");
});

test("a spent parent mints nothing that could spend", async (t) => {
  const { ak, ask } = await newRoutes(t);
  const { key } = await ak.create({ accountId: "acme", budgetCents: 100 });
  const child = await ask("POST", "/sdk-keys", { key, json: { budget_cents: 100 } });
  await ak.trackUsage(key, { costCents: 100 });
  assert.equal((await ask("POST", "/sdk-keys", { key, json: { budget_cents: 100 } })).status, 429);
  assert.equal((await ak.trackUsage(child.body.key, { costCents: 1 })).reason, "budget_exceeded");
});

test("a thousand charges of a thousandth of a cent are one cent; rounded up they are the original's thousand", async () => {
  const { keyrail, row } = await newTable();
  for (const [costRounding, cents] of [
    ["exact", 1],
    ["cent", 1_000],
  ]) {
    const ak = keyrail({ costRounding });
    const { key, id } = await ak.create({ accountId: "acme" });
    await Promise.all(Array.from({ length: 1_000 }, () => ak.trackUsage(key, { costCents: 0.001 })));
    assert.equal((await ak.validate(key)).budgetUsedCents, cents);
    assert.equal((await row(id)).budget_used_cents, cents);
  }
});

test("month windows keep the day and time of creation, also through February and late charges", async () => {
  const { keyrail, clock, row } = await newTable();
  const ak = keyrail();
  const { key, id } = await ak.create({ accountId: "acme", budgetCents: 100, budgetPeriod: "month" });
  for (const [now, end] of [
    ["2026-01-31T10:30:00.000Z", "2026-02-28T10:30:00.000Z"],
    ["2026-03-05T00:00:00.000Z", "2026-03-31T10:30:00.000Z"],
    ["2026-03-31T10:30:00.000Z", "2026-04-30T10:30:00.000Z"],
    ["2028-02-01T00:00:00.000Z", "2028-02-29T10:30:00.000Z"],
  ]) {
    clock.now = Date.parse(now);
    assert.equal((await ak.trackUsage(key, { costCents: 100 })).success, true, now);
    assert.equal((await row(id)).budget_reset_at.toISOString(), end);
  }
});

test("a key is expired at its expiry and a window over at its end; started work is still paid then", async () => {
  const { keyrail, clock } = await newTable();
  const ak = keyrail();
  const grant = { accountId: "acme", budgetCents: 100, budgetPeriod: "day", expiresIn: "2d" };
  const { key } = await ak.create(grant);
  await ak.trackUsage(key, { costCents: 100 });
  clock.now = START + DAY - 1;
  assert.equal((await ak.validate(key)).reason, "budget_exceeded");
  clock.now = START + DAY;
  assert.equal((await ak.validate(key)).budgetUsedCents, 0);
  clock.now = START + 2 * DAY;
  assert.equal((await ak.validate(key)).reason, "expired");
  assert.equal((await ak.trackUsage(key, { costCents: 1 })).success, true);
  assert.equal((await ak.reserve(key, { costCents: 1 })).reason, "expired");
});

test("budgets that are none are refused in words, and reach no column", async () => {
  const { keyrail, pool, tableName } = await newTable();
  const ak = keyrail();
  for (const [options, code] of [
    [{ budgetCents: -1 }, "invalid_cost"],
    [{ budgetCents: 0.5 }, "invalid_cost"],
    [{ budgetCents: "50" }, "invalid_cost"],
    [{ budgetCents: 9_000_000_001 }, "amount_out_of_range"],
    [{ expiresIn: "99999999999d" }, "invalid_duration"],
  ]) {
    await assert.rejects(ak.create({ accountId: "acme", ...options }), { code }, JSON.stringify(options));
  }
  assert.deepEqual((await pool.query(`SELECT id FROM ${tableName}`)).rows, []);
});

test("nobody signs up into somebody's account, and mintScope and revokeScope keep keys from each other", async (t) => {
  const { ak, ask, row } = await newRoutes(t, { mintScope: "mint", revokeScope: "revoke", signupScopes: ["chat"] });
  const owner = await ak.create({ accountId: "ann@example.org", scopes: ["chat", "mint", "revoke"] });
  const other = await ak.create({ accountId: "ann@example.org", scopes: ["chat"] });
  const signup = await ask("POST", "/signup", { json: { email: "ann@example.org", expires_in: "" } });
  assert.equal((await row(signup.body.id)).account_id, "unverified:ann@example.org");
  assert.equal(Date.parse(signup.body.expiresAt), START + DAY);
  const statuses = [
    await ask("POST", "/sdk-keys", { key: signup.body.key, json: {} }),
    await ask("DELETE", `/sdk-keys/${owner.id}`, { key: other.key }),
    await ask("DELETE", `/sdk-keys/${other.id}abc`, { key: owner.key }),
    await ask("DELETE", `/sdk-keys/${signup.body.id}`, { key: owner.key }),
    await ask("DELETE", `/sdk-keys/${other.id}`, { key: owner.key }),
  ].map(({ status }) => status);
  assert.deepEqual(statuses, [403, 403, 400, 404, 200]);
});

test("a use is noted once in five minutes, never for a revoked key, and its failure fails no request", async () => {
  const { keyrail, clock, row, pool, tableName } = await newTable();
  const ak = keyrail();
  const { key, id } = await ak.create({ accountId: "acme" });
  const usedAfter = async (ms) => {
    clock.now = START + ms;
    await ak.validate(key);
    await ak.close();
    return (await row(id)).last_used_at.getTime() - START;
  };
  assert.deepEqual([await usedAfter(0), await usedAfter(4 * MINUTE), await usedAfter(5 * MINUTE)], [0, 0, 5 * MINUTE]);
  await pool.query(`CREATE FUNCTION ${tableName}_no() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'no'; END $$`);
  await pool.query(`CREATE TRIGGER no BEFORE UPDATE OF last_used_at ON ${tableName} FOR EACH ROW
    WHEN (NEW.last_used_at IS DISTINCT FROM OLD.last_used_at) EXECUTE FUNCTION ${tableName}_no()`);
  clock.now = START + HOUR;
  assert.equal((await ak.validate(key)).valid, true);
  await ak.close();
  await pool.query(`DROP TRIGGER no ON ${tableName}`);
  assert.equal(await ak.revoke(id), true);
  assert.equal(await usedAfter(2 * HOUR), 5 * MINUTE);
});

test("a table's name is quoted and checked before it reaches SQL", async () => {
  const { pool } = await newTable();
  for (const tableName of ["keys; DROP TABLE keys", 'keys"', "a.b.c", "", "keys WHERE true", "a..b", "keys'", 7]) {
    assert.throws(() => new AgentKey({ pool, tableName }), { code: "invalid_table_name" }, String(tableName));
  }
  await pool.query('CREATE SCHEMA "an ""odd"" one"');
  const ak = new AgentKey({ pool, tableName: '"an ""odd"" one"."the; keys\'"' });
  await ak.migrate();
  const { key, id } = await ak.create({ accountId: "acme", budgetCents: 10 });
  assert.equal((await ak.trackUsage(key, { costCents: 10 })).success, true);
  const { rows } = await pool.query('SELECT id, budget_used_cents FROM "an ""odd"" one"."the; keys\'"');
  assert.deepEqual(rows, [{ id, budget_used_cents: 10 }]);
});

test("as in the original, nothing costs nothing on an unknown key, and an empty scope asks for none", async (t) => {
  const { keyrail } = await newTable();
  const ak = keyrail();
  assert.deepEqual(await ak.trackUsage("ak_unknown", { costCents: 0 }), { success: true });
  const { key } = await ak.create({ accountId: "acme", scopes: ["chat"] });
  const server = await serve(t, express, (app) =>
    app.get("/", agentKeyMiddleware(ak, { scope: "" }), (_req, res) => res.json({})),
  );
  assert.equal((await send(server, { key })).status, 200);
});

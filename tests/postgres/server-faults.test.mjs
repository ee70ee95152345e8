// What a server may be set to, or refuse: a clear error, and nothing half-written.
import assert from "node:assert/strict";
import { test } from "node:test";
import { AgentKey } from "keyrail";
import { postgres } from "keyrail/stores/postgres";
import pg from "pg";
import { commitOf, newRoot } from "../stores/rows.mjs";
import { openDatabase } from "./world.mjs";

const { pool, url, schema } = await openDatabase();
const store = postgres(pool);
await store.migrate({ dryRun: false });

/** A pool whose sessions have these settings. */
function poolWith(settings, user) {
  const own = new URL(url);
  own.searchParams.set("options", `-c search_path=${schema} ${settings.map((one) => `-c ${one}`).join(" ")}`);
  if (user !== undefined) own.username = user;
  return new pg.Pool({ connectionString: own.href });
}

for (const level of ["serializable", "repeatable\\ read"]) {
  test(`${level.replace("\\", "")} by default: many processes charge one key to its cap and not beyond`, async () => {
    const { key, id } = await charger(pool, (ak) => ak.create({ accountId: "acme", budgetCents: 40 }));
    const pools = Array.from({ length: 3 }, () => poolWith([`default_transaction_isolation=${level}`]));
    const answers = await Promise.all(
      pools.map((one) =>
        charger(one, (ak) => Promise.all(Array.from({ length: 20 }, () => ak.trackUsage(key, { costCents: 1 })))),
      ),
    );
    assert.equal(answers.flat().filter(({ success }) => success).length, 40);
    const { rows } = await pool.query("SELECT budget_used_cents FROM sdk_api_keys WHERE id = $1", [id]);
    assert.deepEqual(rows, [{ budget_used_cents: 40 }]);
    for (const one of pools) await one.end();
  });
}

async function charger(one, run) {
  const ak = new AgentKey({ pool: one });
  const answer = await run(ak);
  await ak.close();
  return answer;
}

/** A commit through `one` fails with this code, and the row is as it was. */
async function refused(one, code) {
  const root = await newRoot(store);
  const commit = commitOf(root.tree, [{ ...root, spentMicrocents: 1 }]);
  await assert.rejects(postgres(one).commit([commit]), { code });
  const { chains } = await store.read([{ id: root.id }]);
  assert.deepEqual(chains, [[root]]);
}

test("a read-only server", async () => {
  const readOnly = poolWith(["default_transaction_read_only=on"]);
  await refused(readOnly, "store_read_only");
  await readOnly.end();
});

test("a user without the privileges", async () => {
  const user = `${schema}_guest`;
  await pool.query(`CREATE ROLE ${user} LOGIN PASSWORD 'guest'; GRANT USAGE ON SCHEMA ${schema} TO ${user}`);
  const guest = poolWith([], user);
  await refused(guest, "store_forbidden");
  await assert.rejects(postgres(guest).read([{ id: 1 }]), { code: "store_forbidden" });
  await assert.rejects(postgres(guest).allocate(1), { code: "store_forbidden" });
  await guest.end();
  await pool.query(`REVOKE USAGE ON SCHEMA ${schema} FROM ${user}; DROP ROLE ${user}`);
});

test("tables that were never made", async () => {
  const missing = postgres(pool, { tableName: "missing" });
  const commit = { tree: 1, now: 0, clock: "injected", owner: "a", claims: false, checks: [], puts: [] };
  await assert.rejects(missing.read([{ id: 1 }]), { code: "not_migrated" });
  await assert.rejects(missing.commit([commit]), { code: "not_migrated" });
  await assert.rejects(missing.allocate(1), { code: "not_migrated" });
});

test("a lock timeout while a new subject waits for another's transaction makes its tree busy", async () => {
  const hasty = poolWith(["lock_timeout=200"]);
  const other = await pool.connect();
  await other.query("BEGIN");
  await other.query(
    "INSERT INTO sdk_api_keys (account_id, key_hash, key_prefix, external_subject) VALUES ('a', 'h', 'p', 'wanted')",
  );
  const ak = new AgentKey({ pool: hasty });
  const ensured = ak.ensureSubject("wanted", { budgetCents: 100 });
  await new Promise((resolve) => setTimeout(resolve, 600));
  await other.query("COMMIT");
  other.release();
  await ensured;
  const { rows } = await pool.query("SELECT account_id FROM sdk_api_keys WHERE external_subject = 'wanted'");
  assert.deepEqual(rows, [{ account_id: "a" }]);
  await ak.close();
  await hasty.end();
});

test("a statement timeout is a fault of unknown outcome, after which nothing is half-written", async () => {
  const slow = await pool.connect();
  await slow.query("BEGIN");
  await slow.query("LOCK TABLE sdk_api_keys_keyrail_entries IN ACCESS EXCLUSIVE MODE");
  const hasty = poolWith(["statement_timeout=300"]);
  const [id] = await store.allocate(1);
  await assert.rejects(postgres(hasty).list({ entries: { tree: id } }, { cursor: null, limit: 1 }), { code: "57014" });
  await slow.query("ROLLBACK");
  slow.release();
  await hasty.end();
});

test("a connection that is cut is replaced, and the next call succeeds", async () => {
  const one = poolWith([]);
  one.on("error", () => undefined);
  const own = postgres(one);
  const { rows } = await one.query("SELECT pg_backend_pid() AS pid");
  const root = await newRoot(store);
  await pool.query("SELECT pg_terminate_backend($1)", [rows[0].pid]);
  await own.read([{ id: root.id }]).catch(() => undefined);
  assert.deepEqual((await own.read([{ id: root.id }])).chains, [[root]]);
  await one.end();
});

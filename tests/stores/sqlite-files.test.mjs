// What befalls a SQLite file beside the contract: other hands, other processes, other programs, bad disks.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { AgentKey } from "keyrail";
import { sqlite } from "keyrail/stores/sqlite";
import { SqliteShell } from "../servers/sqlite-shell.mjs";

/** A folder, and stores and shells in it that end with the test. */
function place(t) {
  const folder = mkdtempSync(join(tmpdir(), "keyrail-sqlite-"));
  const ends = [];
  t.after(async () => {
    for (const end of ends.reverse()) await end();
    rmSync(folder, { recursive: true });
  });
  const path = join(folder, "keys.db");
  const open = (at = path, options) => {
    const store = sqlite(at, options);
    ends.push(() => store.close());
    return store;
  };
  const shell = (at = path) => {
    const one = new SqliteShell(at);
    ends.push(() => one.close());
    return one;
  };
  return { folder, path, open, shell };
}

const hasCode = (code, text) => (error) => {
  assert.equal(error.code, code, String(error.stack));
  assert.match(error.message, text);
  return true;
};

async function funded(store, budgetCents = 100) {
  const ak = new AgentKey({ store });
  return { ak, ...(await ak.create({ accountId: "acme", budgetCents })) };
}

test("by hand: a cap, a revocation and what is used are honoured by the very next answer", async (t) => {
  const { open, shell } = place(t);
  const { ak, key, id } = await funded(open());
  const sql = shell();
  const next = (costCents) => ak.trackUsage(key, { costCents });
  assert.equal((await next(100)).success, true);
  assert.equal((await next(1)).reason, "budget_exceeded");
  await sql.rows(`UPDATE keys SET budget_cents = 150 WHERE id = ${id}`);
  assert.deepEqual(await next(20), { success: true, budgetUsedCents: 120, budgetRemainingCents: 30 });
  await sql.rows(`UPDATE keys SET budget_used_cents = budget_used_cents + 25 WHERE id = ${id}`);
  assert.deepEqual(await next(5), { success: true, budgetUsedCents: 150, budgetRemainingCents: 0 });
  await sql.rows(`UPDATE keys SET budget_used_cents = 0 WHERE id = ${id}`);
  assert.deepEqual(await next(0.5), { success: true, budgetUsedCents: 0.5, budgetRemainingCents: 149.5 });
  await sql.rows(`UPDATE keys SET revoked_at = unixepoch() * 1000 WHERE id = ${id}`);
  assert.equal((await next(1)).reason, "invalid_key");
  const kinds = await sql.rows("SELECT kind FROM entries ORDER BY seq");
  assert.deepEqual(
    kinds.map(({ kind }) => kind),
    ["mint", "charge", "charge", "adjust", "charge", "adjust", "charge"],
  );
});

test("by hand: a key is inserted with what a person knows of it, and used like any other", async (t) => {
  const { open, shell } = place(t);
  const { ak, id } = await funded(open());
  const sql = shell();
  const [{ hash }] = await sql.rows("SELECT 'ab' || substr(key_hash, 3) AS hash FROM keys");
  await sql.rows(`INSERT INTO keys (key_hash, account_id, external_subject, budget_cents, budget_used_cents)
    VALUES ('${hash}', 'acme', 'ann', 10, 4)`);
  const charged = await ak.trackUsageBySubject("ann", { costCents: 6 });
  assert.deepEqual(charged, { success: true, budgetUsedCents: 10, budgetRemainingCents: 0 });
  assert.equal((await ak.trackUsageBySubject("ann", { costCents: 1 })).reason, "budget_exceeded");
  const child = await ak.create({ accountId: "acme", parent: { id } });
  const [{ ids }] = await sql.rows("SELECT count(DISTINCT id) AS ids FROM keys");
  assert.equal(ids, 3, `the child is ${child.id}`);
});

test("by hand: no update leaves a version as it was, and none brings an old one back", async (t) => {
  const { open, shell } = place(t);
  const { ak, key } = await funded(open());
  const held = await ak.reserve(key, { costCents: 1 });
  const sql = shell();
  for (const table of ["keys", "holds", "entries"]) {
    const seen = new Set();
    const look = async () => {
      const [{ version }] = await sql.rows(`SELECT max(version) AS version FROM ${table}`);
      assert.equal(seen.has(version), false, `${table} ${version}`);
      seen.add(version);
    };
    const change = { keys: "name", holds: "state", entries: "kind" }[table];
    for (let round = 0; round < 3; round += 1) {
      await look();
      await sql.rows(`UPDATE ${table} SET ${change} = ${change}`);
    }
    await look();
  }
  assert.equal((await ak.settle(held.hold.id, { costCents: 1 })).success, true);
});

test("by hand: what no column may hold is refused by the file itself", async (t) => {
  const { open, shell } = place(t);
  const { ak, key } = await funded(open());
  const sql = shell();
  for (const change of [
    "scopes = 'read'",
    "scopes = '{}'",
    "budget_cents = 'much'",
    "expires_at = '2030-01-01'",
    "budget_period = 'year'",
    "keyrail_buckets = '7'",
  ]) {
    await assert.rejects(sql.rows(`UPDATE keys SET ${change}`), undefined, change);
  }
  assert.equal((await ak.validate(key)).valid, true);
});

test("another process that keeps the file: charges wait for its transaction, reads do not", async (t) => {
  const { open, shell } = place(t);
  const store = open();
  const { ak, key, id } = await funded(store);
  const sql = shell();
  await sql.rows("BEGIN IMMEDIATE");
  const charge = ak.trackUsage(key, { costCents: 1 });
  assert.equal((await store.read([{ id }])).chains[0][0].spentMicrocents, 0);
  await sql.rows("COMMIT");
  assert.equal((await charge).success, true);
});

test("another process that does not let go: its commits are answered as busy, and nothing else hangs", async (t) => {
  const { open, shell } = place(t);
  const store = open();
  await store.allocate(1);
  const sql = shell();
  await sql.rows("BEGIN IMMEDIATE");
  const terms = { now: Date.now(), clock: "system", owner: "me", claims: true, checks: [], puts: [] };
  const { results } = await store.commit([1, 2].map((tree) => ({ tree, ...terms })));
  assert.deepEqual(results, [
    { ok: false, busy: true },
    { ok: false, busy: true },
  ]);
  await assert.rejects(store.allocate(1), hasCode("store_busy", /another process keeps .* locked/));
  await sql.rows("ROLLBACK");
  assert.equal((await store.allocate(1)).length, 1);
});

test("three processes on one file: no cap is broken and no charge is lost", { timeout: 60_000 }, async (t) => {
  const { path, open, shell } = place(t);
  const { key } = await funded(open(), 100);
  const program = `
    import { AgentKey } from "keyrail";
    import { sqlite } from "keyrail/stores/sqlite";
    const store = sqlite(process.argv[1]);
    const ak = new AgentKey({ store });
    const answers = await Promise.all(Array.from({ length: 60 }, () => ak.trackUsage(process.argv[2], { costCents: 1 })));
    console.log(answers.filter(({ success }) => success).length);
    await ak.close();
    await store.close();`;
  const cwd = new URL("..", import.meta.url);
  const accepted = await Promise.all(
    Array.from({ length: 3 }, async () => {
      const args = ["--input-type=module", "--eval", program, path, key];
      const child = spawn(process.execPath, args, { cwd, stdio: ["ignore", "pipe", "inherit"] });
      const [[line], [code]] = await Promise.all([once(child.stdout, "data"), once(child, "exit")]);
      assert.equal(code, 0);
      return Number(line);
    }),
  );
  assert.equal(
    accepted.reduce((sum, one) => sum + one, 0),
    100,
    accepted.join(),
  );
  const [row] = await shell().rows("SELECT count(*) AS charges, sum(amount) AS sum FROM entries WHERE kind = 'charge'");
  assert.deepEqual(row, { charges: 100, sum: 100_000_000 });
});

test("a file of a newer keyrail is refused and left alone", async (t) => {
  const { open, shell } = place(t);
  const first = open();
  await first.allocate(1);
  const sql = shell();
  await sql.rows("PRAGMA user_version = 7");
  const store = open();
  await assert.rejects(store.allocate(1), hasCode("store_newer", /schema is 7, this one knows 1.*update/));
  await assert.rejects(store.read([]), hasCode("store_newer", /newer/));
  assert.deepEqual(await sql.rows("PRAGMA user_version"), [{ user_version: 7 }]);
});

test("another program's database is refused and left as it is", async (t) => {
  const { path, open, shell } = place(t);
  await shell().rows("CREATE TABLE theirs (a)");
  const before = readFileSync(path);
  await assert.rejects(open().allocate(1), hasCode("store_foreign", /another program/));
  assert.deepEqual(readFileSync(path), before);
});

test("a damaged file is a clear fault, and a good one in its place is taken", async (t) => {
  const { path, open } = place(t);
  writeFileSync(path, "not a database, but long enough to be looked at".repeat(100));
  const store = open();
  await assert.rejects(store.read([{ id: 1 }]), hasCode("store_corrupt", /no SQLite database/));
  rmSync(path);
  assert.deepEqual((await store.read([{ id: 1 }])).chains, [[]]);
});

test("pages overwritten in the middle are a clear fault, not wrong answers", async (t) => {
  const { path, open } = place(t);
  const first = sqlite(path);
  const { ak, key } = await funded(first);
  await ak.close();
  await first.close();
  const bytes = readFileSync(path);
  writeFileSync(path, bytes.fill(0xa5, 4_096));
  await assert.rejects(new AgentKey({ store: open() }).validate(key), hasCode("store_corrupt", /damaged/));
});

test("a path that is no file, or in no folder, is said so", async (t) => {
  const { folder, open } = place(t);
  await assert.rejects(open(folder).allocate(1), hasCode("store_unopenable", /is a folder/));
  await assert.rejects(open(join(folder, "no", "x.db")).read([]), hasCode("store_unopenable", /does not exist/));
});

test("a file that may not be written is said so", async (t) => {
  const { folder, path } = place(t);
  const first = sqlite(path);
  await first.allocate(1);
  await first.close();
  chmodSync(path, 0o444);
  chmodSync(folder, 0o555);
  // Whoever runs the tests as root may write everything, so a nobody tries it.
  const program = `
    import { sqlite } from "keyrail/stores/sqlite";
    const store = sqlite(process.argv[1]);
    if (process.getuid() === 0) process.setuid(65534);
    await store.allocate(1).catch(({ code }) => console.log(code));`;
  const args = ["--input-type=module", "--eval", program, path];
  const child = spawn(process.execPath, args, {
    cwd: new URL("..", import.meta.url),
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [line] = await once(child.stdout.setEncoding("utf8"), "data");
  chmodSync(folder, 0o755);
  assert.match(line, /^store_read_only|^store_unopenable/);
});

test("migrate: a dry run makes no file, and another run changes nothing", async (t) => {
  const { path, open } = place(t);
  const store = open();
  const statements = await store.migrate({ dryRun: true });
  assert.ok(statements.some((statement) => statement.startsWith("CREATE TABLE keys")));
  assert.equal(existsSync(path), false);
  assert.deepEqual(await store.migrate({ dryRun: false }), statements);
  assert.deepEqual(await store.migrate({ dryRun: false }), statements);
});

test("close: what is under way ends well, and later calls are refused", async (t) => {
  const { path, open } = place(t);
  const store = open();
  const [ids] = await Promise.all([store.allocate(3), store.close()]);
  assert.deepEqual(ids, [1, 2, 3]);
  assert.equal(existsSync(`${path}-wal`), false);
  await assert.rejects(store.read([]), hasCode("store_closed", /closed/));
  await store.close();
  assert.deepEqual(await open().allocate(1), [4], "ids are not given twice");
});

for (const path of ["", ":memory:", "file:x?mode=memory", "a\0b", undefined, 7]) {
  test(`the path ${JSON.stringify(path)} is refused`, () => {
    assert.throws(() => sqlite(path), hasCode("invalid_option", /path of a file/));
  });
}

test("another word for synchronous is refused", () => {
  assert.throws(() => sqlite("x.db", { synchronous: "off" }), hasCode("invalid_option", /full/));
});

test("without an addon it says so when it is made", async () => {
  const program = `import { sqlite } from "keyrail/stores/sqlite"; try { sqlite("x.db"); } catch ({ code }) { console.log(code); }`;
  const args = ["--conditions=browser", "--input-type=module", "--eval", program];
  const child = spawn(process.execPath, args, {
    cwd: new URL("..", import.meta.url),
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [line] = await once(child.stdout.setEncoding("utf8"), "data");
  assert.equal(line, "addon_unavailable\n");
});

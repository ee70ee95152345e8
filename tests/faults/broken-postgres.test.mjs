// A Postgres that cannot: no free connection, a statement timeout, read-only, a full disk. A clear error,
// 500 and nothing half-written; with the trouble gone it goes on.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { AgentKey } from "keyrail";
import { PostgresServer } from "../servers/postgres.mjs";
import { audit } from "./audit.mjs";
import { openStore, postgresPlace } from "./engines.mjs";
import { chargeOnce, checkBooks, guardedApp } from "./guarded.mjs";
import { smallDisk, withoutSmallDisk } from "./small-disk.mjs";

const server = await PostgresServer.start();
after(() => server.remove());

/** A guarded app over a pool with these settings, a key, and an owner's pool beside it. */
async function world(t, on = server, settings = {}) {
  const place = await postgresPlace(on);
  const app = await guardedApp(t, { ...place, pool: settings });
  const owner = await openStore(place);
  t.after(async () => {
    await app.close();
    await owner.close();
  });
  const setup = new AgentKey({ store: owner.store });
  const { key, id } = await setup.create({ accountId: "acme", budgetCents: 1_000_000 });
  const tally = { acknowledged: new Map(), faults: 0 };
  const check = async () => {
    const entries = await audit(owner.store, id, Date.now());
    checkBooks(entries, tally, app.seen);
    return entries;
  };
  return { ...app, key, id, tally, check, owner: owner.pool, table: place.tableName, setup };
}

test("a pool without a free connection: an error in time, and on it goes when one is free", async (t) => {
  const { ak, pool, call, key, tally, check } = await world(t, server, { max: 2, connectionTimeoutMillis: 100 });
  assert.equal(await call(key), 200);
  const taken = await Promise.all([pool.connect(), pool.connect()]);
  const began = performance.now();
  assert.equal(await call(key), 500);
  await assert.rejects(ak.validate(key), { code: "store_unavailable" });
  await assert.rejects(ak.trackUsage(key, { costCents: 1, idempotencyKey: "one" }), { code: "store_unavailable" });
  assert.ok(performance.now() - began < 5_000, "nobody waits for long");
  for (const client of taken) client.release();
  await chargeOnce(ak, key, "one", 1, tally);
  assert.equal(await call(key), 200);
  await check();
});

test("a commit that waits in the pool beyond its deadline counts once, however late it is carried out", async (t) => {
  const { store, pool, key, tally, check } = await world(t, server, { max: 1 });
  // Deadlines come a hundred times sooner.
  const soon = (ms, happen) => {
    const timer = setTimeout(happen, ms / 100);
    return () => clearTimeout(timer);
  };
  const ak = new AgentKey({ store, environment: { after: soon } });
  assert.equal((await ak.validate(key)).valid, true);
  const taken = await pool.connect();
  const charging = ak.trackUsage(key, { costCents: 1, idempotencyKey: "late" });
  await assert.rejects(charging, { code: "store_unavailable" });
  // Now everything that was given up runs after all.
  taken.release();
  await chargeOnce(ak, key, "late", 1, tally);
  await check();
});

test("a statement timeout: nothing is half-written, and the repeated charge counts once", async (t) => {
  const { ak, call, key, tally, check, owner, table } = await world(t, server, { statement_timeout: 100 });
  assert.equal(await call(key), 200);
  await owner.query(
    `CREATE FUNCTION slow_${table}() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(5); RETURN NEW; END'`,
  );
  await owner.query(
    `CREATE TRIGGER slow BEFORE INSERT ON ${table}_keyrail_entries FOR EACH ROW EXECUTE FUNCTION slow_${table}()`,
  );
  assert.equal(await call(key), 500);
  await assert.rejects(ak.trackUsage(key, { costCents: 1, idempotencyKey: "one" }), ({ code }) =>
    code.startsWith("store_"),
  );
  assert.equal((await ak.validate(key)).valid, true, "reading goes on");
  await check();
  await owner.query(`DROP TRIGGER slow ON ${table}_keyrail_entries`);
  await chargeOnce(ak, key, "one", 1, tally);
  assert.equal(await call(key), 200);
  await check();
});

test("a read-only server: says so, and still validates", async (t) => {
  const { ak, call, key, tally, check, owner } = await world(t, server, { idleTimeoutMillis: 1 });
  assert.equal(await call(key), 200);
  const setReadOnly = (isOn) => owner.query(`ALTER DATABASE postgres SET default_transaction_read_only = ${isOn}`);
  await setReadOnly(true);
  // What is set counts for connections made from now on.
  await new Promise((resolve) => setTimeout(resolve, 100));
  try {
    assert.equal(await call(key), 500);
    await assert.rejects(ak.trackUsage(key, { costCents: 1 }), { code: "store_read_only" });
    await assert.rejects(ak.create({ accountId: "acme" }), { code: "store_read_only" });
    assert.equal((await ak.validate(key)).valid, true);
  } finally {
    await owner.query(
      "SET default_transaction_read_only = off; ALTER DATABASE postgres RESET default_transaction_read_only",
    );
  }
  await new Promise((resolve) => setTimeout(resolve, 100));
  await chargeOnce(ak, key, "one", 1, tally);
  await check();
});

test("a full disk: a clear error, nothing half-written, and with room it goes on", {
  skip: withoutSmallDisk(),
}, async (t) => {
  const disk = smallDisk(160_000_000);
  t.after(disk.remove);
  const { TMPDIR } = process.env;
  process.env.TMPDIR = disk.folder;
  const full = await PostgresServer.start({ max_wal_size: "32MB", min_wal_size: "32MB", wal_recycle: "off" });
  if (TMPDIR === undefined) delete process.env.TMPDIR;
  else process.env.TMPDIR = TMPDIR;
  t.after(() => full.remove());
  const { ak, call, key, tally, check, seen } = await world(t, full);
  assert.equal(await call(key), 200);
  disk.fill();
  const codes = new Map();
  const metadata = { note: "x".repeat(1_500) };
  const charge = async (index) => {
    const idempotencyKey = `c${index}`;
    try {
      const { success } = await ak.trackUsage(key, { costCents: 1, idempotencyKey, metadata });
      assert.equal(success, true);
      tally.acknowledged.set(idempotencyKey, 1);
    } catch (fault) {
      codes.set(fault.code, (codes.get(fault.code) ?? 0) + 1);
    }
  };
  for (let index = 0; index < 60 && (codes.get("store_full") ?? 0) < 3; index += 1) await charge(index);
  t.diagnostic(`${tally.acknowledged.size} charges went, then ${JSON.stringify(Object.fromEntries(codes))}`);
  assert.ok((codes.get("store_full") ?? 0) > 0, "the disk is full, and the error says so");
  assert.equal((await ak.validate(key)).valid, true, "reading goes on");
  disk.empty();
  for (let index = 0; index < 20; index += 1) await charge(index);
  assert.equal(await call(key), 200);
  await check();
  assert.equal(seen.ran, 2);
});

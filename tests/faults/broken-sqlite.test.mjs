// A SQLite file that is damaged, locked, read-only or on a full disk: a clear error, nothing half-written.
import assert from "node:assert/strict";
import {
  chmodSync,
  closeSync,
  openSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { AgentKey, KeyrailError } from "keyrail";
import { sqlite } from "keyrail/stores/sqlite";
import { SqliteShell } from "../servers/sqlite-shell.mjs";
import { audit, kindsOf } from "./audit.mjs";
import { endPlaces, newPlace } from "./engines.mjs";
import { guardedApp } from "./guarded.mjs";
import { smallDisk, withoutSmallDisk } from "./small-disk.mjs";

const CHARGES = 300;
const PAGE_BYTES = 4_096;

after(endPlaces);

/** A file with a tree and its charges, closed. */
async function filledFile(path) {
  const store = sqlite(path);
  const ak = new AgentKey({ store });
  const { key, id } = await ak.create({ accountId: "acme", budgetCents: 1_000_000 });
  const charge = (_, index) => ak.trackUsage(key, { costCents: 1, idempotencyKey: `c${index}` });
  await Promise.all(Array.from({ length: CHARGES }, charge));
  await store.close();
  return { key, id };
}

function overwrite(path, at, length) {
  const file = openSync(path, "r+");
  writeSync(file, Buffer.alloc(length, 0xa5), 0, length, at);
  closeSync(file);
}

const DAMAGES = {
  "its first page is garbage": (path) => overwrite(path, 0, PAGE_BYTES),
  "its first bytes are garbage": (path) => overwrite(path, 0, 16),
  "every page but the first is garbage": (path) => overwrite(path, PAGE_BYTES, statSync(path).size - PAGE_BYTES),
  "it is cut off": (path) => truncateSync(path, PAGE_BYTES * 3),
  "it is a text": (path) => writeFileSync(path, "no database at all, but long enough to be read\n".repeat(100)),
};

for (const [what, damage] of Object.entries(DAMAGES)) {
  test(`a SQLite file is damaged: ${what}`, async (t) => {
    const place = await newPlace("sqlite");
    const { key } = await filledFile(place.path);
    damage(place.path);
    const before = readFileSync(place.path);
    const { ak, call, seen, close } = await guardedApp(t, place);
    assert.equal(await call(key), 500);
    const isClear = (fault) =>
      fault instanceof KeyrailError && fault.code === "store_corrupt" && !fault.message.includes(key);
    await assert.rejects(ak.trackUsage(key, { costCents: 1 }), isClear);
    await assert.rejects(ak.create({ accountId: "acme" }), isClear);
    assert.equal(seen.ran, 0);
    await close();
    assert.ok(before.equals(readFileSync(place.path)), "what is left of the file is not touched");
  });
}

test("a SQLite file is locked by another process: reading goes on, and what waited counts once", async (t) => {
  const place = await newPlace("sqlite");
  const { key, id } = await filledFile(place.path);
  const { ak, store, call, seen, close } = await guardedApp(t, place);
  assert.equal(await call(key), 200);
  const other = new SqliteShell(place.path);
  await other.rows("BEGIN IMMEDIATE");
  await other.rows("UPDATE keys SET name = 'theirs'");
  const began = performance.now();
  assert.equal((await ak.validate(key)).name, "default");
  assert.ok(performance.now() - began < 1_000, "nobody reads later for it");
  const options = { costCents: 1, idempotencyKey: "locked" };
  const waiting = [ak.trackUsage(key, options), ak.trackUsage(key, options), call(key)];
  await sleep(1_500);
  await other.rows("COMMIT");
  const [first, second, status] = await Promise.all(waiting);
  assert.deepEqual([first.success, second, status], [true, first, 200]);
  assert.equal((await ak.validate(key)).name, "theirs");
  const { charge, settle } = kindsOf(await audit(store, id, Date.now()));
  assert.deepEqual([charge, settle, seen.ran], [CHARGES + 1, 2, 2]);
  await other.close();
  await close();
});

test("rows of a SQLite file edited with SQL are the next answer", async (t) => {
  const place = await newPlace("sqlite");
  const { key, id } = await filledFile(place.path);
  const { ak, store, close } = await guardedApp(t, place);
  assert.equal((await ak.trackUsage(key, { costCents: 1 })).success, true);
  const other = new SqliteShell(place.path);
  await other.rows(`UPDATE keys SET budget_cents = 10 WHERE id = ${id}`);
  assert.equal((await ak.trackUsage(key, { costCents: 1 })).reason, "budget_exceeded");
  await other.rows(`UPDATE keys SET budget_used_cents = 8 WHERE id = ${id}`);
  assert.equal((await ak.trackUsage(key, { costCents: 2 })).success, true);
  await other.rows(`UPDATE keys SET revoked_at = 1 WHERE id = ${id}`);
  assert.equal((await ak.validate(key)).reason, "revoked");
  await audit(store, id, Date.now(), new Map([[id, 1_000_000_000_000]]));
  await other.close();
  await close();
});

test("the disk of a SQLite file is full: nothing is half-written, and with room it goes on", {
  skip: withoutSmallDisk(),
}, async (t) => {
  const disk = smallDisk(2_000_000);
  t.after(disk.remove);
  const place = { engine: "sqlite", path: join(disk.folder, "keys.db") };
  const { ak, store, call, seen, close } = await guardedApp(t, place);
  const { key, id } = await ak.create({ accountId: "acme", budgetCents: 1_000_000 });
  assert.equal(await call(key), 200);
  disk.fill();
  const codes = new Map();
  const acknowledged = new Set();
  const charge = async (index) => {
    const idempotencyKey = `c${index}`;
    try {
      const metadata = { note: "x".repeat(2_000) };
      assert.equal((await ak.trackUsage(key, { costCents: 1, idempotencyKey, metadata })).success, true);
      acknowledged.add(idempotencyKey);
    } catch (fault) {
      codes.set(fault.code, (codes.get(fault.code) ?? 0) + 1);
    }
  };
  for (let begun = 0; begun < 200; begun += 4) {
    await Promise.all(Array.from({ length: 4 }, (_, index) => charge(begun + index)));
  }
  assert.deepEqual([...codes.keys()], ["store_full"]);
  assert.equal(await call(key), 500);
  assert.equal((await ak.validate(key)).valid, true, "reading goes on");
  const isThere = async () => {
    const charges = (await audit(store, id, Date.now())).filter(({ entryKind }) => entryKind === "charge");
    assert.deepEqual(new Set(charges.map(({ idempotency }) => idempotency.key)), acknowledged);
  };
  await isThere();
  disk.empty();
  for (let index = 0; index < 20; index += 1) await charge(index);
  assert.equal(await call(key), 200);
  await isThere();
  t.diagnostic(`${codes.get("store_full")} charges met a full disk, ${acknowledged.size} are recorded`);
  assert.equal(seen.ran, 2);
  await close();
});

test("a SQLite file that may not be written", async (t) => {
  const place = await newPlace("sqlite");
  const { key } = await filledFile(place.path);
  // Root may write whatever its mode says, so the place is one that nobody may write.
  const path = process.getuid?.() === 0 ? "/proc/keyrail.db" : place.path;
  if (path === place.path) chmodSync(path, 0o444);
  const { ak, call, close } = await guardedApp(t, { engine: "sqlite", path });
  assert.equal(await call(key), 500);
  const isClear = ({ code }) => code === "store_unopenable" || code === "store_read_only";
  await assert.rejects(ak.create({ accountId: "acme" }), isClear);
  await close();
});

// Subjects: one row for each outside identity, however many ask for it at once.
import assert from "node:assert/strict";
import { test } from "node:test";
import { money, newWorld } from "./world.mjs";

async function rowsOf(store, account) {
  const { rows } = await store.list({ account }, { cursor: null, limit: 500 });
  return rows;
}

test("200 parallel ensureSubject make one row", async () => {
  const { ak, store } = newWorld();
  await Promise.all(Array.from({ length: 200 }, () => ak.ensureSubject("user", { budgetCents: 5 })));
  assert.equal((await rowsOf(store, "user")).length, 1);
});

test("200 parallel ensureSubject over four processes make one row", async () => {
  const { ak, store } = newWorld();
  const all = [ak, ...Array.from({ length: 3 }, () => newWorld({ store }).ak)];
  const { id } = await ak.create({ accountId: "org" });
  const ensure = (index) => all[index % 4].ensureSubject("user", { budgetCents: index + 1, parent: { id } });
  await Promise.all(Array.from({ length: 200 }, (_, index) => ensure(index)));
  assert.equal((await rowsOf(store, "user")).length, 1);
  assert.equal((await ak.subtree({ id })).length, 2);
  for (const one of all) assert.equal((await one.validateBySubject("user")).valid, true);
});

test("ensureSubject changes nothing of a row that is there", async () => {
  const { ak } = newWorld();
  assert.equal(await ak.ensureSubject("user", { budgetCents: 5, name: "first", scopes: ["a"] }), undefined);
  assert.equal(await ak.ensureSubject("user", { budgetCents: 500, name: "second", scopes: null }), undefined);
  const valid = await ak.validateBySubject("user");
  assert.deepEqual([valid.budgetCents, valid.name, valid.scopes, valid.accountId], [5, "first", ["a"], "user"]);
});

test("a revoked subject stays revoked", async () => {
  const { ak } = newWorld();
  await ak.ensureSubject("user");
  await ak.revoke((await ak.validateBySubject("user")).id);
  await ak.ensureSubject("user");
  assert.deepEqual(await ak.validateBySubject("user"), { valid: false, reason: "revoked" });
});

test("unknown subjects and secrets leave no row and are found as soon as they exist", async () => {
  const { ak, store } = newWorld();
  const other = newWorld({ store }).ak;
  assert.deepEqual(await other.validateBySubject("user"), { valid: false, reason: "invalid" });
  assert.deepEqual(await other.trackUsageBySubject("user", { costCents: 1 }), {
    success: false,
    reason: "invalid_key",
  });
  assert.deepEqual(await other.reserveBySubject("user", { costCents: 1 }), { success: false, reason: "invalid" });
  assert.equal((await rowsOf(store, "user")).length, 0);
  await ak.ensureSubject("user");
  assert.equal((await other.validateBySubject("user")).valid, true);
});

test("subjects are charged, held and budgeted like keys", async () => {
  const { ak } = newWorld();
  const org = await ak.create({ accountId: "org", budgetCents: 50 });
  await ak.ensureSubject("user", { parent: { key: org.key }, budgetCents: 40 });
  assert.equal((await ak.trackUsageBySubject("user", { costCents: 15 })).budgetRemainingCents, 25);
  const { hold } = await ak.reserveBySubject("user", { costCents: 20 });
  await ak.settle(hold.id, { costCents: 10 });
  assert.deepEqual(await money(ak, { subject: "user" }), [25, 0, 15]);
  assert.deepEqual(await money(ak, { id: org.id }), [25, 0, 25]);
  assert.equal((await ak.headroom({ subject: "user" })).remainingCents, 15);
});

test("a subject's row has no secret, and its prefix says so", async () => {
  const { ak, store } = newWorld({ keyPrefix: "live_" });
  await ak.ensureSubject("user");
  const [row] = await rowsOf(store, "user");
  assert.deepEqual([row.hash, row.keyPrefix, row.subject], [null, "live_ext", "user"]);
  const { key } = await ak.create({ accountId: "acme" });
  assert.match(key, /^live_[0-9a-f]{48}$/);
  const [made] = await rowsOf(store, "acme");
  assert.equal(made.keyPrefix, key.slice(0, 13));
  assert.equal(JSON.stringify(made).includes(key.slice(13)), false, "a store never sees a secret");
});

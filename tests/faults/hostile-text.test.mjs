// Hostile text in every field that reaches a store: it comes back as it was given, or is refused, and
// nothing else changes.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { AgentKey } from "keyrail";
import { audit } from "./audit.mjs";
import { ENGINES, endPlaces, newPlace, openStore } from "./engines.mjs";

const TEXTS = {
  "a quote": "o'brien'; DROP TABLE sdk_api_keys; --",
  "double quotes": '"; DELETE FROM "keys" WHERE "a" = "b',
  "two quotes": "''''",
  backslashes: "\\'; \\x00 \\\\ E'\\047",
  parameters: "$1 $2::text $$ $commit$ $migration$ :name ?1 @p %s %I",
  braces: '{a,b} {"x":1} }{ {NULL}',
  "an array's words": 'NULL,"NULL",\\"',
  JSON: '{"__proto__":{"admin":true}}',
  likes: "%_\\%*[a-z]",
  comments: "/* -- # */ ;",
  controls: "\u0001\u0007\b\t\n\r\u001b[31m\u007f",
  "bidirectional marks": "\u202eabc\u2066\ufeff\u200b",
  "beyond the first plane": "👩‍👩‍👧‍👦🔑𝒦",
  "combined and composed": "e\u0301 é ﬁ",
  "capital letters": "ADMIN İıſ",
  spaces: "  leading and trailing \u00a0 ",
  "1,024 bytes": "é".repeat(512),
  "1,024 bytes of quotes": "'".repeat(1_024),
  numbers: "1e309",
  "a number with leading zeros": "00",
  "not a number": "NaN",
  infinity: "infinity",
  "an object's member": "__proto__",
};
const REFUSED = {
  NUL: "a\0b",
  "a lone surrogate": "a\ud800",
  "1,025 bytes": "a".repeat(1_025),
  "many bytes": "€".repeat(342),
};

after(endPlaces);

for (const engine of ENGINES) {
  test(`${engine}: hostile text comes back as it was given`, async (t) => {
    const { store, close } = await openStore(await newPlace(engine));
    // A process writes, another one that knows nothing reads.
    const [ak, reader] = [new AgentKey({ store }), new AgentKey({ store })];
    const canary = await ak.create({ accountId: "canary", budgetCents: 7, scopes: ["read"] });
    for (const [what, text] of Object.entries(TEXTS)) {
      const given = { accountId: text, name: text, userId: text, delegatedBy: text, scopes: [text, "read"] };
      const root = await ak.create({ ...given, budgetCents: 100 });
      await ak.ensureSubject(text, { accountId: text, budgetCents: 50, parent: { id: root.id } });
      const seen = await reader.validate(root.key);
      const { accountId, name, userId, delegatedBy, scopes } = seen;
      assert.deepEqual({ accountId, name, userId, delegatedBy, scopes }, given, what);
      const metadata = Object.fromEntries([[text, text]]);
      const options = { costCents: 2, idempotencyKey: text, metadata };
      const charge = await ak.trackUsageBySubject(text, options);
      assert.equal(charge.success, true, what);
      assert.deepEqual(await reader.trackUsageBySubject(text, options), charge, `${what}: a repeat`);
      const held = await ak.reserveBySubject(text, { ...options, ttl: "1m" });
      assert.equal((await reader.reserveBySubject(text, { ...options, ttl: "1m" })).hold.id, held.hold.id, what);
      assert.equal((await reader.settle(held.hold.id, { costCents: 1, metadata })).success, true, what);
      const entries = await audit(store, root.id, Date.now());
      const told = entries.filter(({ idempotency }) => idempotency !== null);
      assert.deepEqual(
        told.map(({ idempotency }) => idempotency.key),
        [text, text],
        what,
      );
      assert.ok(
        told.every((entry) => JSON.stringify(entry.metadata) === JSON.stringify(metadata)),
        what,
      );
      const { rows } = await store.list({ account: text }, { cursor: null, limit: 10 });
      assert.equal(rows.length, 2, `${what}: an account's keys are its own`);
    }
    assert.equal((await reader.validate(canary.key)).budgetRemainingCents, 7);
    assert.equal((await store.list({ account: "canary" }, { cursor: null, limit: 10 })).rows.length, 1);
    t.diagnostic(`${Object.keys(TEXTS).length} texts in nine fields each`);
    await close();
  });

  test(`${engine}: text that no store can keep is refused, and nothing is written`, async () => {
    const { store, close } = await openStore(await newPlace(engine));
    const ak = new AgentKey({ store });
    const root = await ak.create({ accountId: "acme", budgetCents: 100 });
    const { key } = root;
    for (const [what, text] of Object.entries(REFUSED)) {
      const charge = (options) => ak.trackUsage(key, { costCents: 1, ...options });
      for (const field of ["accountId", "name", "userId", "delegatedBy"]) {
        await assert.rejects(ak.create({ accountId: "acme", [field]: text }), { code: "invalid_text" }, what);
      }
      await assert.rejects(ak.create({ accountId: "acme", scopes: [text] }), { code: "invalid_scopes" }, what);
      await assert.rejects(ak.ensureSubject(text), { code: "invalid_subject" }, what);
      await assert.rejects(charge({ idempotencyKey: text }), { code: "invalid_idempotency_key" }, what);
      assert.equal((await ak.trackUsageBySubject(text, { costCents: 1 })).reason, "invalid_key", what);
      assert.deepEqual(await ak.validateBySubject(text), { valid: false, reason: "invalid" }, what);
      assert.equal((await ak.validate(text)).valid, false, what);
      assert.equal((await ak.settle(text, { costCents: 1 })).reason, "hold_not_found", what);
      // Metadata has one limit for all of it together.
      if (text.length > 1_000 || what === "many bytes") continue;
      await assert.rejects(charge({ metadata: { note: text } }), { code: "invalid_metadata" }, what);
      await assert.rejects(charge({ metadata: { [text]: 1 } }), { code: "invalid_metadata" }, what);
    }
    const entries = await audit(store, root.id, Date.now());
    assert.deepEqual(
      entries.map(({ entryKind }) => entryKind),
      ["mint"],
    );
    assert.equal((await store.list({ account: "acme" }, { cursor: null, limit: 10 })).rows.length, 1);
    await close();
  });
}

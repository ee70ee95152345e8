// What is not what the types say is refused with a code, never taken for something else.
import assert from "node:assert/strict";
import { test } from "node:test";
import * as keyrail from "keyrail";

const node = { keyId: "a", path: "a", scopes: ["r"], ownCreditLimit: 1, ownRateSharePct: null, ownExpiresAt: null };
const grant = { scopes: ["r"], creditLimit: 1, rateLimitSharePct: null, expiresAt: null };

const refused = [
  ...[Number.NaN, Infinity, -Infinity, "10", 10n, true, {}].flatMap((value) => [
    ["invalid_number", () => keyrail.effectiveCaps([{ ...node, ownCreditLimit: value }])],
    ["invalid_number", () => keyrail.clampChildGrant(grant, { ...grant, expiresAt: value })],
    ["invalid_number", () => keyrail.pooledHeadroom([node], [{ path: "a", spent: value }])],
    ["invalid_number", () => keyrail.topCappedPath([{ ...node, ownCreditLimit: value }])],
    ["invalid_number", () => keyrail.expiredAncestor([{ ...node, ownExpiresAt: value }], "b", 0)],
    ["invalid_number", () => keyrail.expiredAncestor([node], "b", value)],
  ]),
  ...[null, undefined, "read", {}, 5].map((scopes) => [
    "invalid_scopes",
    () => keyrail.effectiveCaps([{ ...node, scopes }]),
  ]),
  ...[[null], [1], [["r"]]].map((scopes) => [
    "invalid_scopes",
    () => keyrail.clampChildGrant({ ...grant, scopes }, grant),
  ]),
  ...[null, undefined, 5, {}, ["a"]].flatMap((value) => [
    ["invalid_text", () => keyrail.inSubtree("a", value)],
    ["invalid_text", () => keyrail.inSubtree(value, "a")],
    ["invalid_text", () => keyrail.pathDepth(value)],
    ["invalid_text", () => keyrail.childPath("a", value)],
    ["invalid_text", () => keyrail.escapeLike(value)],
    ["invalid_text", () => keyrail.hashKey(value)],
    ["invalid_text", () => keyrail.safeEqual("a", value)],
    ["invalid_text", () => keyrail.pooledHeadroom([{ ...node, path: value }], [])],
    ["invalid_text", () => keyrail.hasScope({ scopes: [value] }, "r")],
  ]),
  ...["7", "1w", "60s", "7d\n", "99999999d", `${"9".repeat(400)}d`, 7, {}].map((value) => [
    "invalid_duration",
    () => keyrail.expiryFromDuration(value),
  ]),
  ...[0, -1, 1.5, Number.NaN, "24", 1025].map((bytes) => [
    "invalid_format",
    () => keyrail.generateKey({ ...keyrail.AGENTKEY, bytes }),
  ]),
  ["invalid_format", () => keyrail.generateKey({ ...keyrail.AGENTKEY, format: "base64" })],
  ...[null, {}].flatMap((format) => [
    ["invalid_format", () => keyrail.generateKey(format)],
    ["invalid_format", () => keyrail.parseKey("ak_1", format)],
    ["invalid_format", () => keyrail.keyPrefix("ak_1", format)],
  ]),
  ...[null, undefined, 5n, "abc", () => 1, new Map(), { length: 1e9 }, new Float64Array(3), [null], Array(1)].flatMap(
    (rows) => [
      ["invalid_rows", () => keyrail.effectiveCaps(rows)],
      ["invalid_rows", () => keyrail.topCappedPath(rows)],
      ["invalid_rows", () => keyrail.pooledHeadroom(rows, [])],
      ["invalid_rows", () => keyrail.pooledHeadroom([], rows)],
      ["invalid_rows", () => keyrail.disabledAncestor(rows, "a")],
      ["invalid_rows", () => keyrail.expiredAncestor(rows, "a", 0)],
    ],
  ),
  ["invalid_rows", () => keyrail.clampChildGrant(null, grant)],
  ["invalid_rows", () => keyrail.clampChildGrant(grant, undefined)],
  ["invalid_rows", () => keyrail.scopesToPermissions({})],
  ["invalid_number", () => keyrail.expiryFromDuration("1h", Object.create(null))],
  ["invalid_format", () => keyrail.generateKey({ ...keyrail.AGENTKEY, prefix: "\ud800" })],
];

test("wrong input throws a KeyrailError with its code", () => {
  for (const [code, call] of refused) {
    assert.throws(call, (error) => error instanceof keyrail.KeyrailError && error.code === code, `${code}: ${call}`);
  }
});

test("parseKey takes anything and throws nothing", () => {
  for (const value of [null, undefined, "", 5, {}, [], Symbol.iterator]) {
    assert.deepEqual(keyrail.parseKey(value, keyrail.AGENTKEY), { ok: false, reason: "empty" });
  }
  for (const [value, reason] of [
    ["x".repeat(1_000_000), "prefix"],
    [`ak_${"0".repeat(1_000_000)}`, "length"],
    [`ak_${"é".repeat(48)}`, "alphabet"],
    [`ak_${"\ud800".repeat(48)}`, "alphabet"],
    [`ak_${"A".repeat(48)}`, "alphabet"],
  ]) {
    assert.deepEqual(keyrail.parseKey(value, keyrail.AGENTKEY), { ok: false, reason });
  }
});

test("errors name no secret", () => {
  const secret = "ak_0123456789abcdef";
  for (const call of [() => keyrail.hashKey([secret]), () => keyrail.safeEqual(secret, [secret])]) {
    assert.throws(call, (error) => !`${error.message}${error.stack}`.includes(secret));
  }
});

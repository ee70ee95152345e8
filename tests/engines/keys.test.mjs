// Secrets: known answers, formats and the checksum.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { crc32 } from "node:zlib";
import * as keyrail from "keyrail";

const CRC = { prefix: "kr_", format: "base62-crc32", bytes: 0, displayLength: 9 };
const DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

test("a hash is what node:crypto says, also of text that is not well formed", () => {
  for (const text of [
    "",
    "abc",
    "é😀",
    "\ud800",
    "a\0b",
    "x".repeat(100_000),
    ...Array.from({ length: 200 }, (_, length) => "k".repeat(length)),
  ]) {
    assert.equal(keyrail.hashKey(text), createHash("sha256").update(text).digest("hex"));
  }
});

test("a new secret has its format, its hash and its display prefix", () => {
  for (const [format, pattern, shown] of [
    [undefined, /^ak_[0-9a-f]{48}$/, 11],
    [keyrail.WORLDMONITOR, /^wm_[0-9a-f]{40}$/, 8],
    [CRC, /^kr_[0-9A-Za-z]{36}$/, 9],
    [
      { ...keyrail.AGENTKEY, prefix: "organisation_é_", bytes: 16, displayLength: 500 },
      /^organisation_é_[0-9a-f]{32}$/,
      47,
    ],
  ]) {
    const seen = new Set();
    for (let round = 0; round < 200; round += 1) {
      const { key, keyHash, keyPrefix } = keyrail.generateKey(format);
      assert.match(key, pattern);
      assert.equal(keyHash, keyrail.hashKey(key));
      assert.equal(keyPrefix, key.slice(0, shown));
      assert.deepEqual(keyrail.parseKey(key, format ?? keyrail.AGENTKEY), { ok: true });
      seen.add(key);
    }
    assert.equal(seen.size, 200);
  }
});

test("the checksum is the CRC-32 of the random part as six base62 digits", {
  skip: crc32 === undefined && "node:zlib has no crc32 here",
}, () => {
  const { key } = keyrail.generateKey(CRC);
  let rest = crc32(key.slice(3, 33));
  let digits = "";
  for (let place = 0; place < 6; place += 1) {
    digits = DIGITS[rest % 62] + digits;
    rest = Math.floor(rest / 62);
  }
  assert.equal(key.slice(33), digits);
});

test("a mistyped secret fails its checksum", () => {
  const { key } = keyrail.generateKey(CRC);
  for (let place = 3; place < key.length; place += 1) {
    const typed = key.slice(0, place) + (key[place] === "0" ? "1" : "0") + key.slice(place + 1);
    assert.deepEqual(keyrail.parseKey(typed, CRC), { ok: false, reason: "checksum" });
  }
});

test("random digits are equally likely", () => {
  const counts = new Map([...DIGITS].map((digit) => [digit, 0]));
  const keys = 4_000;
  for (let round = 0; round < keys; round += 1) {
    for (const digit of keyrail.generateKey(CRC).key.slice(3, 33)) counts.set(digit, counts.get(digit) + 1);
  }
  const expected = (keys * 30) / 62;
  // Six standard deviations: one run in ten million fails by chance. A modulo would put some 20 % too high.
  for (const [digit, count] of counts)
    assert.ok(Math.abs(count - expected) < 6 * Math.sqrt(expected), `${digit}: ${count} of ${expected}`);
});

test("safeEqual compares whole texts", () => {
  for (const [left, right, expected] of [
    ["", "", true],
    ["a", "a", true],
    ["a", "b", false],
    ["a", "aa", false],
    ["é", "é", true],
    ["\ud800", "\ud801", false],
  ]) {
    assert.equal(keyrail.safeEqual(left, right), expected);
  }
});

// The key functions on fixed inputs, from the whole package and from `keyrail/keys`.
import { outcomeOf } from "../vectors/pure-functions.mjs";

// SHA-256 of FIPS 180-4's examples and of the empty text: the one place where a hash is known by heart.
const KNOWN = [
  ["", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"],
  ["abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"],
  [
    "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
    "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1",
  ],
  ["a".repeat(1_000_000), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"],
];

const texts = [
  "é",
  "😀",
  "日本語",
  "e\u0301",
  "\ud800",
  "\udc00\ud800",
  "a\0b",
  "\ufeffak_",
  "ак_кирилица",
  "😀".repeat(5_000),
  "ak_".concat("0123456789abcdef".repeat(3)),
  "wm_".concat("0123456789".repeat(4)),
  ...Array.from({ length: 130 }, (_, length) => "k".repeat(length + 1)),
  ...Array.from({ length: 70 }, (_, length) => "é".repeat(length + 2)),
];

const CRC = { prefix: "kr_", format: "base62-crc32", bytes: 0, displayLength: 9 };
const shapes = [
  ["AGENTKEY", (keys) => keys.AGENTKEY, /^ak_[0-9a-f]{48}$/],
  ["WORLDMONITOR", (keys) => keys.WORLDMONITOR, /^wm_[0-9a-f]{40}$/],
  ["base62-crc32", () => CRC, /^kr_[0-9A-Za-z]{36}$/],
];

const candidates = [
  undefined,
  null,
  5,
  "",
  "a",
  "ak_",
  "sk_live_1",
  `ak_${"0".repeat(48)}`,
  `ak_${"0".repeat(47)}`,
  `ak_${"A".repeat(48)}`,
  `ak_${"é".repeat(48)}`,
  `ak_${"\ud800".repeat(48)}`,
  `wm_${"f".repeat(40)}`,
  `kr_${"0".repeat(36)}`,
  `kr_${"z".repeat(36)}`,
  `kr_${"-".repeat(36)}`,
  "x".repeat(100_000),
];

const pairs = [
  ["", ""],
  ["a", "a"],
  ["a", "b"],
  ["a", "aa"],
  ["é", "e\u0301"],
  ["\ud800", "\ufffd"],
  ["\ud800", "\udc00"],
  ["x".repeat(10_000), `${"x".repeat(9_999)}y`],
];

const refusals = [
  ["hashKey of a number", (keys) => keys.hashKey(5)],
  ["keyPrefix of nothing", (keys) => keys.keyPrefix(undefined, keys.AGENTKEY)],
  ["safeEqual with a number", (keys) => keys.safeEqual("a", 1)],
  ["generateKey of no bytes", (keys) => keys.generateKey({ ...keys.AGENTKEY, bytes: 0 })],
  ["parseKey without a format", (keys) => keys.parseKey("ak_1", null)],
];

/** Why new secrets are not what they should be; their values are random, so no answer holds them. */
const faultOfNewKeys = (keys, format, shape) => {
  const made = Array.from({ length: 50 }, () => keys.generateKey(format));
  if (new Set(made.map(({ key }) => key)).size !== made.length) return "two secrets are the same";
  for (const { key, keyHash, keyPrefix } of made) {
    if (!shape.test(key)) return "a secret is not of its shape";
    if (keyHash !== keys.hashKey(key)) return "a hash is not the secret's";
    if (keyPrefix !== key.slice(0, format.displayLength)) return "a display prefix is not the secret's";
    if (!keys.parseKey(key, format).ok) return "a secret does not parse";
    if (keys.parseKey(key.slice(0, -1), format).reason !== "length") return "a shortened secret parses";
  }
  return undefined;
};

/** Asks one entry point, called `entry`, everything about keys. */
export const askKeyFunctions = (answers, keys, entry) => {
  for (const [index, [text, hash]] of KNOWN.entries())
    answers.expect(`${entry} known hash ${index}`, keys.hashKey(text), hash);
  for (const [index, text] of texts.entries()) answers.note(`${entry} hashKey ${index}`, keys.hashKey(text));
  for (const [name, formatOf, shape] of shapes) {
    const format = formatOf(keys);
    answers.check(`${entry} makes ${name} keys`, faultOfNewKeys(keys, format, shape));
    for (const [index, candidate] of candidates.entries()) {
      answers.note(`${entry} parseKey ${name} ${index}`, keys.parseKey(candidate, format));
    }
    for (const [index, text] of texts.entries()) {
      answers.note(`${entry} keyPrefix ${name} ${index}`, keys.keyPrefix(text, format));
    }
  }
  for (const [index, [a, b]] of pairs.entries()) {
    answers.expect(`${entry} safeEqual ${index}`, keys.safeEqual(a, b), a === b);
  }
  for (const [name, ask] of refusals) {
    const { error } = outcomeOf(() => ask(keys));
    answers.note(`${entry} ${name}`, error);
    answers.check(`${entry} refuses ${name}`, error?.name === "KeyrailError" ? undefined : String(error));
  }
};

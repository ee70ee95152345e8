// Prints what an engine answers to seeded random questions; agreement.test.mjs runs it once for each.
import * as keyrail from "keyrail";

const exported = { ...keyrail };

let state = Number(process.argv[2]) >>> 0;

/** mulberry32: the same numbers for the same seed everywhere. */
const random = () => {
  state = (state + 0x6d2b79f5) >>> 0;
  let mixed = Math.imul(state ^ (state >>> 15), state | 1);
  mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
  return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
};
const below = (limit) => Math.floor(random() * limit);
const pick = (items) => items[below(items.length)];
const times = (limit, make) => Array.from({ length: below(limit + 1) }, make);

const ids = ["a", "B", "b", "", "x/y", "é", "😀", "\ud800", "a%b", "_", "\\", "__proto__", "\0"];
const scopes = ["read", "write", "admin", "files:read", "a:b:c", ":x", "\udfff", "", "日本:語"];
const numbers = [
  0,
  -0,
  1,
  -1,
  0.1,
  0.2,
  0.3,
  1e-6,
  1e-7,
  5e-324,
  1e308,
  -1e308,
  2 ** 53 - 1,
  2 ** 53,
  123456.789012,
  1 / 3,
];
const bound = () => pick([null, ...numbers]);
const path = () => Array.from({ length: 1 + below(4) }, () => pick(ids)).join("/");
const node = () => ({
  keyId: pick(ids),
  path: path(),
  scopes: times(6, () => pick(scopes)),
  ownCreditLimit: bound(),
  ownRateSharePct: bound(),
  ownExpiresAt: bound(),
  disabled: random() < 0.2,
});
const chain = () => times(9, node);
const grant = () => ({
  scopes: times(6, () => pick(scopes)),
  creditLimit: bound(),
  rateLimitSharePct: bound(),
  expiresAt: bound(),
});
const row = () => ({ path: path(), spent: pick(numbers) });
const secret = () =>
  pick(["ak_", "wm_", "kr_", ""]) +
  Array.from({ length: pick([0, 40, 48, 36]) }, () => pick([..."0123456789abcdefXYZ"])).join("");
const crc = { prefix: "kr_", format: "base62-crc32", bytes: 0, displayLength: 7 };
const format = () => pick([keyrail.AGENTKEY, keyrail.WORLDMONITOR, crc]);

const questions = {
  effectiveCaps: () => [chain()],
  clampChildGrant: () => [grant(), grant()],
  pooledHeadroom: () => [chain(), times(40, row)],
  topCappedPath: () => [chain()],
  expiredAncestor: () => [chain(), pick(ids), pick(numbers)],
  disabledAncestor: () => [chain(), pick(ids)],
  inSubtree: () => [path(), path()],
  childPath: () => [path(), pick(ids)],
  pathDepth: () => [path()],
  pathAt: () => [path(), pick([-3, -1, 0, 0.5, 2, 9, Number.NaN, Infinity])],
  ancestorIdsOf: () => [path()],
  escapeLike: () => [path()],
  subtreeLikePattern: () => [path()],
  hasScope: () => [{ scopes: pick([null, times(6, () => pick(scopes))]) }, pick(scopes)],
  validateScopes: () => [pick([null, times(6, () => pick(scopes))]), times(6, () => pick(scopes))],
  permissionsToScopes: () => [{ [pick(scopes)]: times(3, () => pick(scopes)) }],
  scopesToPermissions: () => [times(4, () => pick(scopes))],
  parseKeyMeta: () => [JSON.stringify({ creditLimit: pick(numbers), rateLimitSharePct: pick(numbers) })],
  expiryFromDuration: () => [pick(["1h", "3mo", "99999999999d", "7", "0m", "1s"]), 1_700_000_000_000],
  hashKey: () => [path()],
  parseKey: () => [secret(), format()],
  keyPrefix: () => [secret(), format()],
  safeEqual: () => [pick(ids), pick(ids)],
};

const answer = (name, args) => {
  try {
    return exported[name](...args);
  } catch (error) {
    return `${error.code}: ${error.message}`;
  }
};

// JSON has no -0 and no undefined, and would hide a difference in them.
const exact = (_key, value) => (Object.is(value, -0) ? "-0" : value === undefined ? "undefined" : value);

for (let round = 0; round < 300; round += 1) {
  for (const [name, ask] of Object.entries(questions)) {
    const args = ask();
    console.log(JSON.stringify([name, args, answer(name, args)], exact));
  }
}

// Every recorded case of the pure functions, against the built package on the engine that
// KEYRAIL_ENGINE names.
import assert from "node:assert/strict";
import { test } from "node:test";
import { isDeepStrictEqual } from "node:util";
import * as keyrail from "keyrail";
import { decode, readCases } from "./cases.mjs";
import { isListed, readDifferences } from "./differences.mjs";

const exported = { ...keyrail };
const direct = [
  "ancestorIdsOf",
  "childPath",
  "clampChildGrant",
  "disabledAncestor",
  "effectiveCaps",
  "escapeLike",
  "expiredAncestor",
  "hasScope",
  "inSubtree",
  "parseApiKeyMetadata",
  "parseKeyMeta",
  "parseScopes",
  "pathAt",
  "pathDepth",
  "permissionsToScopes",
  "pooledHeadroom",
  "scopesToPermissions",
  "subtreeLikePattern",
  "topCappedPath",
  "validateScopes",
];

/** How each file's cases are asked of the package, given the recorded input. */
const asked = {
  ...Object.fromEntries(
    direct.map((name) => [name, (input, params) => exported[name](...params.map((param) => input[param]))]),
  ),
  expiryFromDuration: ({ dur, now }) => keyrail.expiryFromDuration(dur, Date.parse(now)),
  wm_isCanonicalUserApiKey: ({ key }) => keyrail.parseKey(key, keyrail.WORLDMONITOR).ok,
};

const outcomeOf = (ask) => {
  try {
    return { value: ask() };
  } catch (error) {
    return { error };
  }
};

// Of a recorded error only the message counts.
const same = (recorded, ours) =>
  recorded.error === undefined
    ? ours.error === undefined && isDeepStrictEqual(ours.value, recorded.value)
    : ours.error?.message === recorded.error.message;

const describe = ({ value, error }) => (error === undefined ? value : `throws ${error.message}`);

const rows = readDifferences();

for (const [file, ask] of Object.entries(asked)) {
  test(`${file} answers as recorded on ${keyrail.engine}`, () => {
    const { params, cases } = readCases(file);
    assert.ok(cases.length > 0);
    for (const recordedCase of cases) {
      const input = decode(recordedCase.input);
      const recorded =
        recordedCase.error === undefined ? { value: decode(recordedCase.output) } : { error: recordedCase.error };
      const ours = outcomeOf(() => ask(input, params));
      if (same(recorded, ours) || isListed(rows, file, { recordedCase, recorded, ours })) continue;
      assert.fail(
        `${recordedCase.name}: recorded ${JSON.stringify(describe(recorded))}, got ${JSON.stringify(describe(ours))}`,
      );
    }
  });
}

test("every listed difference is still one", () => {
  const stale = rows.filter(({ file, used }) => file in asked && !used).map(({ file, name }) => `${file}: ${name}`);
  assert.deepEqual(stale, []);
});

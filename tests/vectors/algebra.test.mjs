// Every recorded case of the pure functions, against the built package on the engine that
// KEYRAIL_ENGINE names.
import assert from "node:assert/strict";
import { test } from "node:test";
import { isDeepStrictEqual } from "node:util";
import * as keyrail from "keyrail";
import { decode, readCases } from "./cases.mjs";
import { isListed } from "./difference-classes.mjs";
import { readDifferences } from "./differences.mjs";
import { outcomeOf, questions, recordedOutcome } from "./pure-functions.mjs";

// Of a recorded error only the message counts.
const same = (recorded, ours) =>
  recorded.error === undefined
    ? ours.error === undefined && isDeepStrictEqual(ours.value, recorded.value)
    : ours.error?.message === recorded.error.message;

const describe = ({ value, error }) => (error === undefined ? value : `throws ${error.message}`);

const rows = readDifferences();

for (const [file, ask] of Object.entries(questions)) {
  test(`${file} answers as recorded on ${keyrail.engine}`, () => {
    const { params, cases } = readCases(file);
    assert.ok(cases.length > 0);
    for (const recordedCase of cases) {
      const input = decode(recordedCase.input);
      const recorded = recordedOutcome(recordedCase, decode);
      const ours = outcomeOf(() => ask(keyrail, input, params));
      if (same(recorded, ours) || isListed(rows, file, { recordedCase, recorded, ours })) continue;
      assert.fail(
        `${recordedCase.name}: recorded ${JSON.stringify(describe(recorded))}, got ${JSON.stringify(describe(ours))}`,
      );
    }
  });
}

test("every listed difference is still one", () => {
  const stale = rows.filter(({ file, used }) => file in questions && !used).map(({ file, name }) => `${file}: ${name}`);
  assert.deepEqual(stale, []);
});

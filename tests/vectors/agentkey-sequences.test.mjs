// The recorded sequences of agentkey, step by step, over memory() with an injected clock.
import assert from "node:assert/strict";
import { test } from "node:test";
import { isDeepStrictEqual } from "node:util";
import { engine } from "keyrail";
import { readCases } from "./cases.mjs";
import { readDifferences } from "./differences.mjs";
import { classOf } from "./sequence-differences.mjs";
import { Replay } from "./sequence-replay.mjs";

const FILE = "agentkey_sequences";
const rows = readDifferences().filter(({ file }) => file === FILE);

/** Whether a row of the table covers a difference; notes that the row is needed. */
const isListed = (difference) => {
  const row = rows.find(({ name }) => classOf[name]?.(difference) === true);
  if (row !== undefined) row.used = true;
  return row !== undefined;
};

const expectSame = (name, difference) => {
  const { recorded, ours } = difference;
  if (isDeepStrictEqual(ours, recorded) || isListed(difference)) return;
  assert.fail(`${name}: recorded ${JSON.stringify(recorded)}, got ${JSON.stringify(ours)}`);
};

test(`the recorded sequences of agentkey give the recorded answers and rows on ${engine}`, async () => {
  const { cases } = readCases(FILE);
  assert.ok(cases.length > 0);
  for (const recordedCase of cases) {
    const replay = new Replay(recordedCase.input);
    for (const [index, step] of recordedCase.steps.entries()) {
      const answered = await replay.step(step);
      expectSame(`${recordedCase.name}, step ${index} (${step.op})`, answered);
    }
    for (const row of await replay.finalRows(recordedCase.finalRows)) expectSame(`${recordedCase.name}, row`, row);
  }
});

test("every listed difference of the sequences is still one", () => {
  const known = rows.filter(({ name }) => classOf[name] === undefined).map(({ name }) => name);
  assert.deepEqual(known, [], "classes without a meaning");
  assert.deepEqual(
    rows.filter(({ used }) => !used).map(({ name }) => name),
    [],
  );
});

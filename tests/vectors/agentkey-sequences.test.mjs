// The recorded sequences of agentkey, step by step, in every place with an injected clock.
import assert from "node:assert/strict";
import { test } from "node:test";
import { isDeepStrictEqual } from "node:util";
import { engine } from "keyrail";
import { readCases } from "./cases.mjs";
import { Listed } from "./differences.mjs";
import { places } from "./places.mjs";
import { classOf } from "./sequence-differences.mjs";
import { Replay } from "./sequence-replay.mjs";

const FILE = "agentkey_sequences";

for (const place of places) {
  const listed = new Listed(FILE, classOf);

  const expectSame = (name, difference) => {
    const { recorded, ours } = difference;
    if (isDeepStrictEqual(ours, recorded) || listed.covers(difference)) return;
    assert.fail(`${name}: recorded ${JSON.stringify(recorded)}, got ${JSON.stringify(ours)}`);
  };

  test(`the recorded sequences of agentkey give the recorded answers and rows in ${place.name} on ${engine}`, async () => {
    const { cases } = readCases(FILE);
    assert.ok(cases.length > 0);
    const run = async (recordedCase, opened) => {
      const replay = new Replay(recordedCase.input, opened);
      for (const [index, step] of recordedCase.steps.entries()) {
        const answered = await replay.step(step);
        expectSame(`${recordedCase.name}, step ${index} (${step.op})`, answered);
      }
      for (const row of await replay.finalRows(recordedCase.finalRows)) expectSame(`${recordedCase.name}, row`, row);
    };
    for (const recordedCase of cases) await place.use((opened) => run(recordedCase, opened));
  });

  test(`every listed difference of the sequences is still one in ${place.name}`, () =>
    assert.deepEqual(listed.unused(), []));
}

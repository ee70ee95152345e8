// The recorded answers of agentkey-clerk's Express middlewares, and the rows that they leave, in every place.
import assert from "node:assert/strict";
import { test } from "node:test";
import { engine } from "keyrail";
import { readCases } from "./cases.mjs";
import { classOf } from "./clerk-differences.mjs";
import { replayClerk } from "./clerk-replay.mjs";
import { Listed } from "./differences.mjs";
import { contains, rowDifferences, versions } from "./http-replay.mjs";
import { places } from "./places.mjs";

const FILE = "clerk_middleware";

for (const place of places) {
  const listed = new Listed(FILE, classOf);

  for (const [version, express] of Object.entries(versions)) {
    test(`Clerk's middlewares answer as recorded in ${place.name} on Express ${version} and ${engine}`, async () => {
      const { cases, count } = readCases(FILE);
      assert.equal(cases.length, count);
      for (const { name, input, output } of cases) {
        const { rows: recordedRows, unhandledRejection: _ended, ...recorded } = output;
        const { rows, ...ours } = await place.use((opened) => replayClerk(express, input, opened));
        const differences = rowDifferences(recordedRows, rows);
        if (!contains(ours, recorded)) differences.push({ row: null, recorded, ours });
        for (const difference of differences) {
          if (listed.covers({ input, ...difference })) continue;
          assert.fail(`${name}: ${JSON.stringify(difference)}`);
        }
      }
    });
  }

  test(`every listed difference of Clerk's middlewares is still one in ${place.name}`, () =>
    assert.deepEqual(listed.unused(), []));
}

// The recorded answers of agentkey's Express routes, and the rows that they leave, in every place.
import assert from "node:assert/strict";
import { test } from "node:test";
import { engine } from "keyrail";
import { readCases } from "./cases.mjs";
import { Listed } from "./differences.mjs";
import { classOf } from "./http-differences.mjs";
import { contains, replayRoutes, rowDifferences, versions } from "./http-replay.mjs";
import { places } from "./places.mjs";

const FILE = "agentkey_routes";

for (const place of places) {
  const listed = new Listed(FILE, classOf);

  for (const [version, express] of Object.entries(versions)) {
    test(`the routes answer as recorded in ${place.name} on Express ${version} and ${engine}`, async () => {
      const { cases } = readCases(FILE);
      assert.ok(cases.length > 0);
      for (const { name, input, output } of cases) {
        const { rows: recordedRows, ...recorded } = output;
        const replay = (opened) => replayRoutes(express, input, opened).catch((error) => ({ error }));
        const { rows, ...ours } = await place.use(replay);
        const differences = contains(ours, recorded)
          ? rowDifferences(recordedRows, rows)
          : [{ row: null, recorded, ours }];
        for (const difference of differences) {
          if (listed.covers({ input, ...difference })) continue;
          assert.fail(`${name}: ${JSON.stringify(difference)}`);
        }
      }
    });
  }

  test(`every listed difference of the routes is still one in ${place.name}`, () =>
    assert.deepEqual(listed.unused(), []));
}

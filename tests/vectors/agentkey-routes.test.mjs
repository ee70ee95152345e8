// The recorded answers of agentkey's Express routes, and the rows that they leave.
import assert from "node:assert/strict";
import { test } from "node:test";
import { isDeepStrictEqual } from "node:util";
import { engine } from "keyrail";
import { decode, readCases } from "./cases.mjs";
import { Listed } from "./http-differences.mjs";
import { contains, replayRoutes, versions } from "./http-replay.mjs";

const FILE = "agentkey_routes";
const listed = new Listed(FILE);

/** The columns that are not as recorded, each a difference of its own. */
const rowDifferences = (recordedRows, rows) =>
  recordedRows.flatMap(({ $row: name, ...columns }) =>
    Object.entries(decode(columns))
      .map(([column, recorded]) => ({ row: name, column, recorded, ours: rows.get(name)?.[column] }))
      .filter(({ recorded, ours }) => !isDeepStrictEqual(ours, recorded)),
  );

for (const [version, express] of Object.entries(versions)) {
  test(`the routes answer as recorded on Express ${version} and ${engine}`, async () => {
    const { cases } = readCases(FILE);
    assert.ok(cases.length > 0);
    for (const { name, input, output } of cases) {
      const { rows: recordedRows, ...recorded } = output;
      const { rows, ...ours } = await replayRoutes(express, input).catch((error) => ({ error }));
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

test("every listed difference of the routes is still one", () => assert.deepEqual(listed.unused(), []));

// The recorded answers of agentkey's Express middleware.
import assert from "node:assert/strict";
import { test } from "node:test";
import { engine } from "keyrail";
import { readCases } from "./cases.mjs";
import { Listed } from "./http-differences.mjs";
import { contains, replayMiddleware, versions } from "./http-replay.mjs";

const FILE = "agentkey_middleware";
const listed = new Listed(FILE);

for (const [version, express] of Object.entries(versions)) {
  test(`the middleware answers as recorded on Express ${version} and ${engine}`, async () => {
    const { cases } = readCases(FILE);
    assert.ok(cases.length > 0);
    for (const { name, input, output: recorded } of cases) {
      const ours = await replayMiddleware(express, input);
      if (contains(ours, recorded) || listed.covers({ input, recorded, ours })) continue;
      assert.fail(`${name}: recorded ${JSON.stringify(recorded)}, got ${JSON.stringify(ours)}`);
    }
  });
}

test("every listed difference of the middleware is still one", () => assert.deepEqual(listed.unused(), []));

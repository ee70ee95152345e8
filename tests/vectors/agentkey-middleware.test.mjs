// The recorded answers of agentkey's Express middleware, in every place.
import assert from "node:assert/strict";
import { test } from "node:test";
import { engine } from "keyrail";
import { readCases } from "./cases.mjs";
import { Listed } from "./differences.mjs";
import { classOf } from "./http-differences.mjs";
import { contains, replayMiddleware, versions } from "./http-replay.mjs";
import { places } from "./places.mjs";

const FILE = "agentkey_middleware";

for (const place of places) {
  const listed = new Listed(FILE, classOf);

  for (const [version, express] of Object.entries(versions)) {
    test(`the middleware answers as recorded in ${place.name} on Express ${version} and ${engine}`, async () => {
      const { cases } = readCases(FILE);
      assert.ok(cases.length > 0);
      for (const { name, input, output: recorded } of cases) {
        const ours = await place.use((opened) => replayMiddleware(express, input, opened));
        if (contains(ours, recorded) || listed.covers({ input, recorded, ours })) continue;
        assert.fail(`${name}: recorded ${JSON.stringify(recorded)}, got ${JSON.stringify(ours)}`);
      }
    });
  }

  test(`every listed difference of the middleware is still one in ${place.name}`, () =>
    assert.deepEqual(listed.unused(), []));
}

// Calls aborted at random instants leave no money behind and take none that was not spent.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { abortedCalls } from "./aborted.mjs";
import { ENGINES, endPlaces, newPlace } from "./engines.mjs";
import { seedOfRun, told } from "./report.mjs";

after(endPlaces);

for (const engine of ENGINES) {
  test(`${engine}: 400 calls, most of them aborted`, async (t) => {
    const place = await newPlace(engine);
    const play = (seed) => abortedCalls(t, place, { calls: 400, seed });
    const counts = await told((line) => t.diagnostic(line), `aborted on ${engine}`, seedOfRun(), play);
    assert.ok(counts["hung up"] > 50 && counts.ran > 30, "there were both kinds");
  });
}

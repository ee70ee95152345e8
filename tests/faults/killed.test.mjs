// SIGKILL of one of three processes at random instants: nothing acknowledged is lost, nothing counts twice.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { DURABLE, endPlaces, newPlace } from "./engines.mjs";
import { killRounds } from "./killed.mjs";
import { seedOfRun, told } from "./report.mjs";

after(endPlaces);

for (const engine of DURABLE) {
  test(`${engine}: five processes are killed in mid-load`, async (t) => {
    const place = await newPlace(engine);
    const play = (seed) => killRounds(place, { rounds: 5, seed });
    const counts = await told((line) => t.diagnostic(line), `killed on ${engine}`, seedOfRun(), play);
    assert.ok(counts.charges > 20 && counts.settles > 5, "there was load");
  });
}

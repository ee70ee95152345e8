// SIGKILL of one of three processes at random instants: nothing acknowledged is lost, nothing counts twice.
import assert from "node:assert/strict";
import { test } from "node:test";
import { DURABLE, PLACES } from "./engines.mjs";
import { killRounds } from "./killed.mjs";
import { seedOfRun, told } from "./report.mjs";

for (const engine of DURABLE) {
  test(`${engine}: five processes are killed in mid-load`, (t) =>
    PLACES[engine](async (place) => {
      const say = (line) => t.diagnostic(line);
      const play = (seed) => killRounds(place, { rounds: 5, seed });
      const counts = await told(say, `killed on ${engine}`, seedOfRun(), play);
      assert.ok(counts.charges > 50 && counts.settles > 20 && counts.denied > 0, "there was load");
    }));
}

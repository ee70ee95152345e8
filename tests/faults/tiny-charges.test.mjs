// 20,000 charges of $0.0000017, each sent three times, sum to exactly $0.034.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { ENGINES, endPlaces, newPlace } from "./engines.mjs";
import { said } from "./report.mjs";
import { tinyCharges } from "./tiny-charges.mjs";

after(endPlaces);

for (const engine of ENGINES) {
  test(`${engine}: 20,000 charges of $0.0000017, each sent three times, are 3.4 cents`, async (t) => {
    const counts = await tinyCharges(await newPlace(engine), { charges: 20_000 });
    assert.equal(counts["cents in all"], 3.4);
    t.diagnostic(said(`tiny charges on ${engine}`, counts));
  });
}

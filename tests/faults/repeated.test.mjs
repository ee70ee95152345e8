// One idempotency key sent through several processes at the same instant charges once.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { AgentKey } from "keyrail";
import { audit, kindsOf } from "./audit.mjs";
import { DURABLE, endPlaces, newPlace, openStore } from "./engines.mjs";

const PROCESSES = 3;
const ROUNDS = 8;
const KEYS = 4;

after(endPlaces);

for (const engine of DURABLE) {
  test(`${engine}: three processes race with the same idempotency keys: one charge and one hold each`, async () => {
    const place = await newPlace(engine);
    const opened = await Promise.all(Array.from({ length: PROCESSES }, () => openStore(place)));
    const processes = opened.map(({ store }) => new AgentKey({ store }));
    const { key, id } = await processes[0].create({ accountId: "acme", budgetCents: 100 });
    for (let round = 0; round < ROUNDS; round += 1) {
      const race = async (_, number) => {
        const options = { costCents: 0.25, idempotencyKey: `${round}-${number}` };
        const charges = await Promise.all(processes.map((ak) => ak.trackUsage(key, options)));
        const holds = await Promise.all(processes.map((ak) => ak.reserve(key, options)));
        for (const answers of [charges, holds]) {
          assert.equal(answers[0].success, true);
          assert.deepEqual(answers, Array(PROCESSES).fill(answers[0]), "everybody gets the one answer");
        }
        const settled = await Promise.all(processes.map((ak) => ak.settle(holds[0].hold.id, { costCents: 0.5 })));
        assert.deepEqual(settled, Array(PROCESSES).fill(settled[0]));
      };
      await Promise.all(Array.from({ length: KEYS }, race));
    }
    const each = ROUNDS * KEYS;
    assert.deepEqual(kindsOf(await audit(opened[0].store, id, Date.now())), {
      mint: 1,
      charge: each,
      reserve: each,
      settle: each,
    });
    for (const { close } of opened) await close();
  });
}

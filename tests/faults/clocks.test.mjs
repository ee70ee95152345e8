// Processes whose clocks differ: one right, one two seconds ahead, one two minutes ahead.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { AgentKey } from "keyrail";
import { below, pick, randomOf } from "../loop/random.mjs";
import { audit, kindsOf } from "./audit.mjs";
import { DURABLE, endPlaces, newPlace, openStore } from "./engines.mjs";
import { startAll } from "./fleet.mjs";
import { seedOfRun, told } from "./report.mjs";

const AHEAD_MS = [0, 2_000, 120_000];
const LINES = 12;
const STEPS = 7;
const TTL_MS = 1_000;
/** The most that a hold of a second may seem to last: its grid, two seconds of skew, a slow machine. */
const HOLD_MS_MAX = TTL_MS + 2_000 + 2_000;

after(endPlaces);

for (const engine of DURABLE) {
  test(`${engine}: clocks 2 s and 2 minutes ahead cost no cap and block nobody`, async (t) => {
    const place = await newPlace(engine);
    const { store, close } = await openStore(place);
    const ak = new AgentKey({ store });
    const apps = await startAll(AHEAD_MS.map((clockAheadMs) => ({ place, clockAheadMs })));
    t.after(async () => {
      await Promise.all(apps.map((app) => app.kill()));
      await close();
    });
    const root = await ak.create({ accountId: "acme", budgetCents: 300, budgetPeriod: "day" });
    const { key } = await ak.create({ accountId: "acme", parent: { id: root.id } });
    const play = async (seed) => {
      const random = randomOf(seed);
      const counts = { late: 0, denied: 0 };
      const ask = async (path, body) => {
        const { status, body: answer } = await pick(random, apps).ask(path, body);
        assert.equal(status, 200, JSON.stringify(answer));
        return answer;
      };
      const line = async () => {
        for (let step = 0; step < STEPS; step += 1) {
          const held = await ask("/reserve", { key, costCents: 5, ttl: TTL_MS });
          if (!held.success) {
            counts.denied += 1;
            continue;
          }
          const lastsMs = Date.parse(held.hold.expiresAt) - Date.now();
          assert.ok(lastsMs < HOLD_MS_MAX, `a hold of a second lasts ${lastsMs} ms`);
          await sleep(below(random, 50));
          const settled = await ask("/settle", { key: held.hold.id, costCents: 3 });
          assert.equal(settled.success, true);
          counts.late += Number(settled.late);
        }
      };
      await Promise.all(Array.from({ length: LINES }, line));
      const entries = await audit(store, root.id, Date.now());
      return { ...counts, ...kindsOf(entries) };
    };
    const counts = await told((line) => t.diagnostic(line), `clocks on ${engine}`, seedOfRun(), play);
    assert.ok(counts.settle > 20);
    const told3 = await Promise.all(apps.map((app) => app.ask("/notices", {})));
    const codes = told3.map(({ body }) => body.notices.filter((code) => code === "clock_off"));
    assert.deepEqual(
      codes.map(({ length }) => Math.min(length, 1)),
      [0, 0, 1],
    );
    assert.ok(Math.abs(told3[2].body.now - Date.now()) < 5_000, "it goes on with the store's time");
    await sleep(TTL_MS + 2_100);
    const [{ limitCents, usedCents, heldCents, remainingCents }] = await ak.budgets({ key });
    assert.deepEqual([heldCents, remainingCents], [0, Math.max(0, limitCents - usedCents)]);
  });
}

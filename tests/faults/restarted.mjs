// Postgres is stopped as by a crash and started again while an app works on it.
import { setTimeout as sleep } from "node:timers/promises";
import { until } from "../http/client.mjs";
import { below, randomOf } from "../loop/random.mjs";
import { audit, entriesOf, kindsOf } from "./audit.mjs";
import { postgresPlace } from "./engines.mjs";
import { chargeOnce, checkBooks, guardedApp } from "./guarded.mjs";

const LINES = 12;
const ROUND_MS = 900;

/** Crashes the server `rounds` times in mid-load; gives what was counted. */
export async function crashRounds(t, server, { rounds, seed }) {
  const random = randomOf(seed);
  const place = await postgresPlace(server);
  const { ak, store, call, seen, close } = await guardedApp(t, place);
  const root = await ak.create({ accountId: "acme", budgetCents: 1_000_000 });
  const { key } = await ak.create({ accountId: "acme", parent: { id: root.id } });
  const tally = { acknowledged: new Map(), faults: 0 };
  let isOver = false;
  const line = async (number) => {
    for (let step = 0; !isOver; step += 1) {
      if (step % 2 === 0) await chargeOnce(ak, key, `${number}-${step}`, 1 + (step % 5), tally);
      else await call(key);
      await sleep(below(random, 10));
    }
  };
  const lines = Array.from({ length: LINES }, (_, number) => line(number));
  for (let round = 0; round < rounds; round += 1) {
    await sleep(below(random, ROUND_MS));
    await server.stop(round % 2 === 0 ? "SIGQUIT" : "SIGKILL");
    await sleep(below(random, 300));
    await server.restart();
  }
  await sleep(200);
  isOver = true;
  await Promise.all(lines);
  // What a handler could not settle is settled in the background, within 80 s; what never could be is told.
  const settled = async () => kindsOf(await entriesOf(store, root.id)).settle ?? 0;
  const isAccountedFor = async () => (await settled()) + seen.unsettled >= seen.ran;
  await until(isAccountedFor, "every call that was let through is paid for, or told of", 90_000);
  const entries = await audit(store, root.id, Date.now());
  checkBooks(entries, tally, seen);
  await close();
  return {
    rounds,
    ...kindsOf(entries),
    "calls let through": seen.ran,
    "calls answered 500": seen.statuses[500] ?? 0,
    "told of": seen.unsettled,
  };
}

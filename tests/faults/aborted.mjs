// Clients that hang up at random instants, on a guarded route.
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import express5 from "express5";
import { AgentKey } from "keyrail";
import { agentKeyMiddleware } from "keyrail/express";
import { serve } from "../express/server.mjs";
import { begin, until } from "../http/client.mjs";
import { below, pick, randomOf } from "../loop/random.mjs";
import { audit, kindsOf } from "./audit.mjs";
import { openStore } from "./engines.mjs";

const AT_ONCE = 48;
const PRICE = 2;
const WORK_MS_MAX = 12;
/** Before the hold, about when it is made, while the handler works, while it answers. */
const HANG_UP_MS = [8, 60, 400];

/** Sends `calls` calls, most of which hang up at some instant; gives what was counted. */
export async function abortedCalls(t, place, { calls, seed }) {
  const random = randomOf(seed);
  const { store, close } = await openStore(place);
  const ak = new AgentKey({ store });
  const capCents = Math.ceil(calls * PRICE * 0.6);
  const root = await ak.create({ accountId: "acme", budgetCents: capCents });
  const { key } = await ak.create({ accountId: "acme", parent: { id: root.id } });
  const counts = { calls, ran: 0, settled: 0, left: 0, answered: 0, refused: 0, "hung up": 0 };
  const server = await serve(t, express5, (app) => {
    app.post("/", agentKeyMiddleware(ak, { reserve: PRICE, ttl: "1s" }), async (req, res) => {
      counts.ran += 1;
      await sleep(below(random, WORK_MS_MAX));
      // One half stops its work when nobody waits for it; the other finishes it, and says what it cost.
      if (res.destroyed && counts.ran % 2 === 0) {
        counts.left += 1;
        return;
      }
      assert.equal((await req.agentKeyHold.settle(PRICE)).success, true);
      counts.settled += 1;
      res.json({});
    });
  });
  const call = () =>
    new Promise((resolve) => {
      const outgoing = begin(server, { method: "POST", key });
      const timer =
        random() < 0.8 ? setTimeout(() => outgoing.destroy(), below(random, pick(random, HANG_UP_MS))) : undefined;
      outgoing.on("response", (incoming) => {
        incoming.on("error", () => {}).resume();
        incoming.on("end", () => {
          if (incoming.statusCode === 200) counts.answered += 1;
          else if (incoming.statusCode === 429) counts.refused += 1;
          else assert.fail(`a call was answered with ${incoming.statusCode}`);
        });
      });
      outgoing.on("error", () => {
        counts["hung up"] += 1;
      });
      outgoing.on("close", () => {
        clearTimeout(timer);
        resolve();
      });
    });
  let begun = 0;
  const line = async () => {
    while (begun < calls) {
      begun += 1;
      await call();
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, line));
  const isOver = async () => counts.settled + counts.left === counts.ran && ak.stats().queue === 0;
  await until(isOver, "every handler has ended", 20_000);
  // What was kept for those who left comes back at its time, without anybody's doing.
  const [own] = await ak.budgets({ key });
  assert.equal(own.usedCents, counts.settled * PRICE);
  const isFree = async () => (await ak.budgets({ key }))[0].heldCents === 0;
  await until(isFree, "every hold has ended by itself", 3_000);
  const entries = await audit(store, root.id, Date.now());
  const kinds = kindsOf(entries);
  assert.equal(kinds.settle ?? 0, counts.settled);
  const [{ remainingCents }] = await ak.budgets({ key });
  assert.equal(remainingCents, capCents - counts.settled * PRICE, "headroom is cap − spent");
  await close();
  return { ...counts, reserves: kinds.reserve, extends: kinds.extend ?? 0, releases: kinds.release ?? 0 };
}

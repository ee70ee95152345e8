// The app that is called: one route that does work worth its price, and a meter of what really happened.
import { createHash } from "node:crypto";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import express from "express";
import { agentKeyMiddleware } from "keyrail/express";

/** What a call costs, in cents. */
export const PRICE_CENTS = 100;

/** Starts the app on a free port of this machine. The meter counts in the handler, apart from any ledger. */
export async function startApp(ak, { workMs, ttl }) {
  const meter = { begun: 0, finished: 0, workCents: 0 };
  const app = express();
  app.post("/work", agentKeyMiddleware(ak, { scope: "work", reserve: PRICE_CENTS, ttl }), async (req, res) => {
    meter.begun += 1;
    const digest = await work(res, workMs);
    // The client left and the work was stopped: the hold gives the money back by itself, at its time.
    if (digest === undefined) return;
    meter.workCents += PRICE_CENTS;
    await req.agentKeyHold.settle(PRICE_CENTS);
    meter.finished += 1;
    res.json({ digest, hold: req.agentKeyHold.id });
  });
  const server = app.listen(0, "127.0.0.1");
  await once(server, "listening");
  const stop = () => {
    server.closeAllConnections();
    server.close();
  };
  return { meter, port: server.address().port, stop };
}

/** Some of the processor's time and more of somebody else's; stops when nobody waits for it. */
async function work(res, workMs) {
  let digest = "";
  for (let step = 0; step < 10; step++) {
    for (let round = 0; round < 200; round++) digest = createHash("sha256").update(digest).digest("hex");
    await sleep(workMs / 10);
    if (res.destroyed) return undefined;
  }
  return digest;
}

// An Express app in this process with a guarded route, and what its clients and its handler saw.
import assert from "node:assert/strict";
import express5 from "express5";
import { AgentKey } from "keyrail";
import { agentKeyMiddleware } from "keyrail/express";
import { serve } from "../express/server.mjs";
import { send } from "../http/client.mjs";
import { openStore } from "./engines.mjs";

/** What the route costs, in cents. */
export const PRICE = 3;

/** A route that reserves and settles, over a place. `statuses` counts its answers by status. */
export async function guardedApp(t, place) {
  const { store, pool, close } = await openStore(place);
  const seen = { ran: 0, unsettled: 0, statuses: {} };
  const onEvent = ({ code }) => {
    if (code === "hold_unsettled") seen.unsettled += 1;
  };
  const ak = new AgentKey({ store, onEvent });
  const server = await serve(t, express5, (app) => {
    app.post("/", agentKeyMiddleware(ak, { reserve: PRICE, ttl: "2s" }), async (req, res) => {
      seen.ran += 1;
      await req.agentKeyHold.settle(PRICE).catch(() => undefined);
      res.json({});
    });
  });
  const call = async (key) => {
    const { status, body } = await send(server, { method: "POST", key });
    seen.statuses[status] = (seen.statuses[status] ?? 0) + 1;
    if (status === 500) assert.deepEqual(body, { error: "auth_unavailable" });
    return status;
  };
  return { ak, store, pool, call, seen, close };
}

/** Charges until somebody says how it went: the same command every time, with one idempotency key. */
export async function chargeOnce(ak, key, idempotencyKey, costCents, tally) {
  for (;;) {
    try {
      const answer = await ak.trackUsage(key, { costCents, idempotencyKey });
      assert.equal(answer.success, true);
      tally.acknowledged.set(idempotencyKey, costCents);
      return;
    } catch (fault) {
      assert.equal(fault.code, "store_unavailable", String(fault.stack));
      tally.faults += 1;
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
  }
}

/** Every acknowledged charge is there once, and every call whose handler ran has a hold that let it. */
export function checkBooks(entries, tally, seen) {
  const charges = entries.filter(({ entryKind }) => entryKind === "charge");
  assert.equal(charges.length, tally.acknowledged.size);
  for (const { idempotency, amountMicrocents } of charges) {
    assert.equal(amountMicrocents, tally.acknowledged.get(idempotency.key) * 1_000_000);
  }
  const reserves = entries.filter(({ entryKind }) => entryKind === "reserve");
  assert.ok(reserves.length >= seen.ran, `${seen.ran} handlers ran on ${reserves.length} reserves`);
  assert.equal(seen.statuses[200] ?? 0, seen.ran, "whoever was let through got its answer");
  assert.deepEqual(
    Object.keys(seen.statuses).filter((status) => status !== "200" && status !== "500"),
    [],
    "a fault is a 500, never a 429, never a free pass",
  );
}

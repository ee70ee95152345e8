// Several requests on one connection at once, whose answers wait for each other.
import assert from "node:assert/strict";
import { connect } from "node:net";
import { agentKeyMiddleware } from "keyrail/express";
import { budgetOf, newKeys, onBoth, serve, until, untilBudget } from "./server.mjs";

const PIPELINED = 12;

/** Sends requests down one connection without waiting for an answer. */
function pipeline({ port }, key, count) {
  const socket = connect(port, "127.0.0.1");
  socket.on("error", () => undefined);
  socket.write(`GET / HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${key}\r\n\r\n`.repeat(count));
  return socket;
}

onBoth("pipelined answers are paid one by one", async (t, express) => {
  const { ak } = newKeys();
  const { key } = await ak.create({ accountId: "a", budgetCents: 1_000 });
  const server = await serve(t, express, (app) =>
    app.get("/", agentKeyMiddleware(ak, { reserve: 10 }), (_req, res) => res.json({})),
  );
  const socket = pipeline(server, key, PIPELINED);
  t.after(() => socket.destroy());
  await untilBudget(ak, key, { usedCents: 10 * PIPELINED, heldCents: 0 });
});

onBoth("a connection that goes gives back the money of every request on it", async (t, express) => {
  const warnings = [];
  const warn = (warning) => warnings.push(warning.name);
  process.on("warning", warn);
  t.after(() => process.off("warning", warn));
  const { ak } = newKeys();
  const { key } = await ak.create({ accountId: "a", budgetCents: 1_000 });
  let running = 0;
  const server = await serve(t, express, (app) =>
    app.get("/", agentKeyMiddleware(ak, { reserve: 10, ttl: "1s" }), () => {
      running += 1;
    }),
  );
  const socket = pipeline(server, key, PIPELINED);
  await until(() => running === PIPELINED, "all handlers run");
  assert.deepEqual(await budgetOf(ak, key), { usedCents: 0, heldCents: 10 * PIPELINED });
  socket.destroy();
  // Kept for its time after an abort, and not extended.
  await untilBudget(ak, key, { usedCents: 0, heldCents: 0 });
  assert.deepEqual(warnings, []);
});

onBoth("work that was answered behind a lost connection is paid", async (t, express) => {
  const { ak } = newKeys();
  const { key } = await ak.create({ accountId: "a", budgetCents: 1_000 });
  const waiting = [];
  const server = await serve(t, express, (app) =>
    app.get("/", agentKeyMiddleware(ak, { reserve: 10, ttl: "1s" }), (_req, res) => waiting.push(res)),
  );
  const socket = pipeline(server, key, 2);
  await until(() => waiting.length === 2, "both handlers run");
  // The second is complete, and waits for the first.
  waiting[1].json({});
  socket.destroy();
  await untilBudget(ak, key, { usedCents: 10, heldCents: 0 });
});

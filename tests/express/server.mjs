// A real Express app on a port of this machine.
import { createServer } from "node:http";
import { test } from "node:test";
import express4 from "express4";
import express5 from "express5";
import { listen } from "../http/client.mjs";

export { begin, budgetOf, keysWith, newKeys, send, until, untilBudget } from "../http/client.mjs";

/** Runs a test on both versions of Express. */
export function onBoth(name, body) {
  for (const [version, express] of Object.entries({ 4: express4, 5: express5 })) {
    test(`Express ${version}: ${name}`, (t) => body(t, express));
  }
}

/** Starts an app that `mount` fills; it is stopped when the test ends. */
export function serve(t, express, mount) {
  const app = express();
  // Express prints faults of handlers unless it is told that this is a test.
  app.set("env", "test");
  mount(app);
  return listen(t, createServer(app));
}

/** Express 4 does not look at what a handler returns; both pass a rejection on to `next` this way. */
export const handler = (body) => (req, res, next) => Promise.resolve(body(req, res, next)).catch(next);

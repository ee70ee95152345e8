// A Hono app in a Worker: the bare handler, and the same behind Clerk's API keys with a hold that it settles.
import { createClerkClient } from "@clerk/backend";
import { Hono } from "hono";
import { clerkApiKey } from "../npm/keyrail/dist/hono/index.js";
import { AgentKey, memory } from "../npm/keyrail/dist/index.js";

const COST_CENTS = 1;

const appOf = ({ secretKey, apiUrl, budgetCents }) => {
  const clerkClient = createClerkClient({ secretKey, apiUrl, telemetry: { disabled: true } });
  const ak = new AgentKey({ store: memory() });
  const app = new Hono();
  app.post("/bare", (c) => c.json({ costCents: COST_CENTS }));
  const guard = clerkApiKey({ clerkClient, ak, defaults: { budgetCents }, reserve: 2 * COST_CENTS });
  app.post("/ask", guard, async (c) => {
    await c.get("agentKeyHold").settle(COST_CENTS);
    return c.json({ costCents: COST_CENTS });
  });
  return app;
};

let app;

export default {
  fetch(request, env, ctx) {
    app ??= appOf(env.SETTINGS);
    return app.fetch(request, env, ctx);
  },
};

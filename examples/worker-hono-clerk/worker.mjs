// A Worker whose callers have API keys or M2M tokens of Clerk's, and none of whom spends more than its cap.
import { createClerkClient } from "@clerk/backend";
import { Hono } from "hono";
import { AgentKey } from "keyrail";
import { loadClerkEnv } from "keyrail/clerk";
import { clerkApiKey, clerkM2M } from "keyrail/hono";
import { memory } from "keyrail/stores/memory";
import { answer, CENTS_PER_WORD, WORDS_MAX } from "./model.mjs";

/** What a question may cost at most, held before the model is asked. */
const reserve = async (c) => {
  const { words = WORDS_MAX } = await c.req.json();
  return Math.min(words, WORDS_MAX) * CENTS_PER_WORD;
};

/** The app for what is bound to the Worker. */
function appOf(env) {
  const { MACHINES, CACHE_TTL: cacheTtl = "60s" } = env;
  const clerkClient = createClerkClient(loadClerkEnv(env));
  // Lives as long as this isolate: see README.md.
  const ak = new AgentKey({ store: memory(), onEvent: ({ code, message }) => console.warn(`${code}: ${message}`) });
  const common = { clerkClient, ak, cacheTtl, reserve };
  const app = new Hono();

  // A key counts on its own budget, and on that of its user or organisation.
  const parent = ({ subject }) => ({ subject, budgetCents: 15, budgetPeriod: "month" });
  const defaults = { budgetCents: 10, budgetPeriod: "day" };
  app.post("/chat", clerkApiKey({ ...common, budgetBy: "key", parent, defaults, headers: true }), async (c) => {
    const { text, words } = await answer(await c.req.json());
    const metadata = { words, key: c.get("clerkApiKey").id };
    const { costCents } = await c.get("agentKeyHold").settle(words * CENTS_PER_WORD, { metadata });
    return c.json({ text, costCents });
  });

  const machines = MACHINES ? MACHINES.split(",") : undefined;
  app.post("/internal/digest", clerkM2M({ ...common, machines, defaults }), async (c) => {
    const { text, words } = await answer(await c.req.json());
    const { costCents } = await c.get("agentKeyHold").settle(words * CENTS_PER_WORD, { metadata: { words } });
    return c.json({ machine: c.get("m2m").subject, text, costCents });
  });
  return app;
}

let app;

export default {
  fetch(request, env, ctx) {
    // One for the isolate: by its client it knows what Clerk has said already.
    app ??= appOf(env);
    return app.fetch(request, env, ctx);
  },
};

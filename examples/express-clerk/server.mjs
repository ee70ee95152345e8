// Customers call with API keys of Clerk's, services with its M2M tokens, and none of them spends more than its cap.
import express from "express";
import { AgentKey } from "keyrail";
import { clerkAgentKeyMiddleware, clerkApiKeyMiddleware } from "keyrail/clerk";
import { sqlite } from "keyrail/stores/sqlite";
import { clerkOf } from "./clerk.mjs";
import { answer, CENTS_PER_WORD, WORDS_MAX } from "./model.mjs";

const { clerkClient, machines, stub, tryWith } = await clerkOf(process.env);
const store = sqlite(process.env.KEYS_FILE ?? "keys.db");
const ak = new AgentKey({ store, onEvent: ({ code, message }) => console.warn(`${code}: ${message}`) });
const app = express();
app.use(express.json());

// The most that the answer may cost is held before the model is asked; what it did cost is charged.
const reserve = (req) => Math.min(req.body?.words ?? WORDS_MAX, WORDS_MAX) * CENTS_PER_WORD;
const common = { clerkClient, ak, reserve, cacheTtl: process.env.CACHE_TTL ?? "60s" };

// A key counts on its own budget, on that of its user, and on that of the user's organisation.
const organisation = (org) => ({ subject: org, budgetCents: 20, budgetPeriod: "month" });
const user = ({ subject, claims }) => ({
  subject,
  budgetCents: 15,
  budgetPeriod: "month",
  ...(claims?.org && { parent: organisation(claims.org) }),
});
// What the plan gives is set anew with every answer of Clerk's, so a change of plan is one of the budget.
const plan = ({ claims }) => ({ budgetCents: claims?.plan === "pro" ? 15 : 10, budgetPeriod: "day" });

app.use("/api", clerkApiKeyMiddleware({ ...common, budgetBy: "key", parent: user, syncBudget: plan, headers: true }));
app.post("/api/chat", async (req, res) => {
  const { text, words } = await answer(req.body);
  const metadata = { words, key: req.clerkApiKey.id };
  const { costCents } = await req.agentKeyHold.settle(words * CENTS_PER_WORD, { metadata });
  res.json({ text, costCents });
});

const defaults = { budgetCents: 100, budgetPeriod: "day" };
app.use("/internal", clerkAgentKeyMiddleware({ ...common, machines, defaults }));
app.post("/internal/digest", async (req, res) => {
  const { text, words } = await answer(req.body);
  const { costCents } = await req.agentKeyHold.settle(words * CENTS_PER_WORD, { metadata: { words } });
  res.json({ machine: req.m2m.subject, text, costCents });
});

const server = app.listen(Number(process.env.PORT ?? 3000), "127.0.0.1", () => {
  const example = tryWith && `\nwith a stub of Clerk; API key ${tryWith.secret}, M2M token ${tryWith.token}`;
  console.log(`listening on http://127.0.0.1:${server.address().port}${example ?? ""}`);
});

process.once("SIGTERM", () => {
  server.close(async () => {
    await ak.close();
    await store.close();
    await stub?.stop();
    // A question that Clerk has not answered for minutes keeps nobody.
    process.exit();
  });
  server.closeIdleConnections();
});

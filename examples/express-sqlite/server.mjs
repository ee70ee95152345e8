// A route that costs money, behind keys that cannot spend more than their cap, in one file.
import express from "express";
import { AgentKey } from "keyrail";
import { agentKeyMiddleware, createAgentKeyRoutes } from "keyrail/express";
import { sqlite } from "keyrail/stores/sqlite";
import { answer, CENTS_PER_WORD, WORDS_MAX } from "./model.mjs";

const store = sqlite(process.env.KEYS_FILE ?? "keys.db");
const ak = new AgentKey({ store, onEvent: ({ code, message }) => console.warn(`${code}: ${message}`) });
const app = express();
app.use(express.json());

// POST /signup gives a key; POST /sdk-keys lets a key mint children that spend its own money.
app.use(createAgentKeyRoutes(ak, { signupScopes: ["chat"], signupMaxBudgetCents: 10, signupMaxExpiresIn: "7d" }));

// The most that the answer may cost is held before the model is asked; what it did cost is charged.
const reserve = (req) => Math.min(req.body?.words ?? WORDS_MAX, WORDS_MAX) * CENTS_PER_WORD;
app.post("/chat", agentKeyMiddleware(ak, { scope: "chat", reserve, headers: true }), async (req, res) => {
  const { text, words } = await answer(req.body);
  const { costCents } = await req.agentKeyHold.settle(words * CENTS_PER_WORD, { metadata: { words } });
  res.json({ text, costCents });
});

const server = app.listen(Number(process.env.PORT ?? 3000), "127.0.0.1", () => {
  console.log(`listening on http://127.0.0.1:${server.address().port}`);
});

process.once("SIGTERM", () => {
  server.close(async () => {
    await ak.close();
    await store.close();
  });
  server.closeIdleConnections();
});

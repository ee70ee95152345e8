import express from "express";
import { AgentKey, agentKeyMiddleware, createAgentKeyRoutes } from "keyrail/express";
import pg from "pg";
import { translate } from "./translate.mjs";

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL });
const ak = new AgentKey({ pool, tableName: "sdk_api_keys" });
await ak.migrate();

const app = express();
app.use(express.json());
app.use(createAgentKeyRoutes(ak, { signupScopes: ["translate"] }));

app.post("/translate", agentKeyMiddleware(ak, { scope: "translate" }), async (req, res) => {
  const { text, costCents } = await translate(req.body.text);
  await ak.trackUsage(req.get("authorization").slice("Bearer ".length), { costCents });
  res.json({ text, costCents });
});

const server = app.listen(Number(process.env.PORT ?? 3000), "127.0.0.1", () => {
  console.log(`listening on http://127.0.0.1:${server.address().port}`);
});

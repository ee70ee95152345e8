// One Express app a process, told which by its first message: the bare handler, the same behind Keyrail
// with a hold that it settles, also behind Clerk's keys, and the same as people write it with agentkey. It
// answers with its port and with keys for it.
import { createHash, randomBytes } from "node:crypto";
import { createClerkClient } from "@clerk/backend";
import express from "express";
import pg from "pg";
import { clerkApiKeyMiddleware } from "../npm/keyrail/dist/clerk/index.js";
import { agentKeyMiddleware } from "../npm/keyrail/dist/express/index.js";
import { AgentKey } from "../npm/keyrail/dist/index.js";
import { postgres } from "../npm/keyrail/dist/stores/postgres/index.js";
import { sqlite } from "../npm/keyrail/dist/stores/sqlite/index.js";
import { CHARGE, FIND, MAKE, THEIR_TABLE, USED } from "./agentkey-sql.mjs";

/** The greatest that agentkey's 32-bit columns hold. */
const BUDGET_CENTS = 2_000_000_000;
const COST_CENTS = 1;
const AT_ONCE = 100;

const bare = (app) => {
  app.post("/ask", async (_req, res) => res.json({ costCents: COST_CENTS }));
  return [""];
};

/** As many keys, each a tree of its own, as agentkey's are. */
const roots = async (ak, count) => {
  const mint = async () => (await ak.create({ accountId: "bench", budgetCents: BUDGET_CENTS })).key;
  const keys = [];
  while (keys.length < count) keys.push(...(await Promise.all(Array.from({ length: AT_ONCE }, mint))));
  return keys;
};

const keyrail = async (app, store, count) => {
  const ak = new AgentKey({ store });
  await ak.migrate();
  app.post("/ask", agentKeyMiddleware(ak, { reserve: 2 * COST_CENTS }), async (req, res) => {
    await req.agentKeyHold.settle(COST_CENTS);
    res.json({ costCents: COST_CENTS });
  });
  return roots(ak, count);
};

const agentkey = async (app, pool, count) => {
  await pool.query(THEIR_TABLE);
  const keys = Array.from({ length: count }, () => `ak_${randomBytes(24).toString("hex")}`);
  const hash = (key) => createHash("sha256").update(key).digest("hex");
  await pool.query(MAKE, [keys.map(hash), BUDGET_CENTS]);
  const guard = async (req, res, next) => {
    const key = req.get("authorization")?.replace(/^Bearer /, "") ?? "";
    const { rows } = await pool.query({ ...FIND, values: [hash(key)] });
    const [row] = rows;
    if (row === undefined || row.revoked_at !== null) return res.status(401).json({ error: "invalid" });
    if (row.budget_used_cents >= row.budget_cents) return res.status(429).json({ error: "budget_exceeded" });
    await pool.query({ ...USED, values: [row.id] });
    req.key = row;
    return next();
  };
  app.post("/ask", guard, async (req, res) => {
    const { rowCount } = await pool.query({ ...CHARGE, values: [req.key.id, COST_CENTS] });
    if (rowCount !== 1) return res.status(429).json({ error: "budget_exceeded" });
    return res.json({ costCents: COST_CENTS });
  });
  return keys;
};

/** Behind Clerk's API keys, of which the one who starts it has some. */
const clerk = (app, { path, secretKey, apiUrl, cacheTtl }) => {
  const clerkClient = createClerkClient({ secretKey, apiUrl, telemetry: { disabled: true } });
  const ak = new AgentKey({ store: sqlite(path) });
  const defaults = { budgetCents: BUDGET_CENTS };
  const guard = clerkApiKeyMiddleware({ clerkClient, ak, defaults, cacheTtl, reserve: 2 * COST_CENTS });
  app.post("/ask", guard, async (req, res) => {
    await req.agentKeyHold.settle(COST_CENTS);
    res.json({ costCents: COST_CENTS });
  });
  return [];
};

const poolOf = (url) => new pg.Pool({ connectionString: url, max: 10 });
const APPS = {
  bare,
  sqlite: (app, path, count) => keyrail(app, sqlite(path), count),
  postgres: (app, url, count) => keyrail(app, postgres(poolOf(url)), count),
  clerk,
  agentkey: (app, url, count) => agentkey(app, poolOf(url), count),
};

process.on("disconnect", () => process.exit());
process.once("message", async ({ kind, at, count }) => {
  const app = express();
  const keys = await APPS[kind](app, at, count);
  const server = app.listen(0, "127.0.0.1", () => process.send({ port: server.address().port, keys }));
});

// What the app that still runs agentkey imports: the stand-in for its keys, with a guard and routes.

export { AgentkeyProcess as AgentKey } from "../drop-in/agentkey-process.mjs";

const bearerOf = (req) => req.get("authorization")?.slice("Bearer ".length);

/** Looks before the work, and only looks. */
export const agentKeyMiddleware =
  (ak, { scope }) =>
  async (req, res, next) => {
    const validation = await ak.validate(bearerOf(req));
    if (!validation.valid) {
      const status = validation.reason === "budget_exceeded" ? 429 : 401;
      return res.status(status).json({ error: validation.reason });
    }
    if (!(validation.scopes ?? [scope]).includes(scope)) return res.status(403).json({ error: "insufficient_scope" });
    req.agentKey = validation;
    next();
  };

/** Sign-up and one's own key; what it mints are roots. */
export const createAgentKeyRoutes =
  (ak, { signupScopes }) =>
  async (req, res, next) => {
    if (req.path === "/signup") {
      const { email, budget_cents } = req.body;
      const created = await ak.create({ accountId: email, budgetCents: budget_cents, scopes: signupScopes });
      return res.status(201).json(created);
    }
    if (req.path === "/sdk-keys/me") return res.json(await ak.validate(bearerOf(req)));
    next();
  };

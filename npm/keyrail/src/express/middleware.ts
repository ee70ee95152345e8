/** The middleware for Keyrail's own keys. */
import { type GuardedKeys, keyDoor } from "../guard/index.js";
import { type ExpressGuardOptions, expressGuard, type Guard } from "./guard.js";

/** What a guarded route asks for. */
export type AgentKeyMiddlewareOptions = ExpressGuardOptions;

/**
 * Lets a request through to its handler only with a good key, the scope, and the money for it.
 *
 * With `reserve` the cents are held before the handler runs, so that no number of concurrent calls
 * spends more than a cap. The handler settles what the work has cost; while the answer is open the
 * hold is extended.
 *
 * Sets `req.agentKey` and, with `reserve`, `req.agentKeyHold`, of which the types of Express cannot know that
 * they are there: hence the `?.`. Refusals are 401, 403 and 429, a store that fails is 500; the bodies are
 * those of the HTTP table in the documentation.
 *
 * @param ak an `AgentKey`; without `reserve` also any object with `validate` and `hasScope`
 * @throws {KeyrailError} `reserve_unsupported`: `reserve` was asked of keys that cannot hold
 * @example
 * ```ts
 * app.post("/chat", agentKeyMiddleware(ak, { scope: "chat", reserve: 25 }), async (req, res) => {
 *   const { text, costCents } = await model(req.body);
 *   await req.agentKeyHold?.settle(costCents);
 *   res.json({ text });
 * });
 * ```
 */
export function agentKeyMiddleware(ak: GuardedKeys, options: AgentKeyMiddlewareOptions = {}): Guard {
  return expressGuard(keyDoor(ak), options);
}

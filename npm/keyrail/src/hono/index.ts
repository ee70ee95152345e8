/** Keyrail for Hono. */
import type { Context, MiddlewareHandler } from "hono";
import {
  type Admitted,
  type AdmittedWithHold,
  type GuardedKeys,
  keyDoor,
  type WebGuardOptions,
} from "../guard/index.js";
import { honoGuard } from "./guard.js";

export type { GuardedKeys, RequestHold } from "../guard/index.js";

/** What a guarded route asks for. */
export type AgentKeyOptions = WebGuardOptions<Context>;

/** What `c.get` gives behind the guard: `agentKey`, and `agentKeyHold` with `reserve`. */
export type AgentKeyVariables = Admitted;

/**
 * Lets a request through to its handler only with a good key, the scope, and the money for it.
 *
 * Sets `agentKey` and, with `reserve`, `agentKeyHold`. The cents are held before the handler runs, and
 * extended until the last of its body is sent; the handler settles what the work has cost. On platforms
 * with an execution context the settling outlives the answer.
 *
 * A body that breaks off counts as a client that left: `onAbort` decides. Refusals are 401, 403 and 429, a
 * store that fails is 500; the bodies are those of the HTTP table in the documentation.
 *
 * @param ak an `AgentKey`; without `reserve` also any object with `validate` and `hasScope`
 * @throws {KeyrailError} `reserve_unsupported`: `reserve` was asked of keys that cannot hold
 * @example
 * ```ts
 * app.post("/chat", agentKey(ak, { scope: "chat", reserve: 25 }), async (c) => {
 *   const { text, costCents } = await model(await c.req.text());
 *   await c.get("agentKeyHold").settle(costCents);
 *   return c.json({ text });
 * });
 * ```
 */
export function agentKey(
  ak: GuardedKeys,
  options: AgentKeyOptions & Required<Pick<AgentKeyOptions, "reserve">>,
): MiddlewareHandler<{ Variables: AdmittedWithHold }>;
export function agentKey(
  ak: GuardedKeys,
  options?: AgentKeyOptions,
): MiddlewareHandler<{ Variables: AgentKeyVariables }>;
export function agentKey(
  ak: GuardedKeys,
  options: AgentKeyOptions = {},
): MiddlewareHandler<{ Variables: AdmittedWithHold }> | MiddlewareHandler<{ Variables: AgentKeyVariables }> {
  return honoGuard(keyDoor(ak), options);
}

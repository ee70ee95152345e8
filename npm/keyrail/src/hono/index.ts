/** Keyrail for Hono. */
import type { Context, MiddlewareHandler } from "hono";
import {
  type Admitted,
  type AdmittedWithHold,
  type Background,
  type GuardedKeys,
  type WebGuardOptions,
  webGuard,
} from "../guard/index.js";

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
  const guard = webGuard<Context>(ak, options);
  const middleware: MiddlewareHandler<{ Variables: AgentKeyVariables }> = async (c, next) => {
    let isReached = false;
    const answer = await guard({ request: c.req.raw, asked: c, background: backgroundOf(c) }, async (admitted) => {
      isReached = true;
      c.set("agentKey", admitted.agentKey);
      if (admitted.agentKeyHold !== undefined) c.set("agentKeyHold", admitted.agentKeyHold);
      await next();
      // Hono answers a handler that gave nothing with a fault of its own.
      return c.finalized ? c.res : new Response(null, { status: 500 });
    });
    if (!c.finalized) return isReached ? undefined : answer;
    if (answer !== c.res) c.res = answer;
    return undefined;
  };
  return middleware;
}

/** The execution context, which Hono's getter throws for where there is none. */
function backgroundOf(c: Context): Background | undefined {
  try {
    return c.executionCtx;
  } catch {
    return undefined;
  }
}

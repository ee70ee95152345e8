/** The guard in front of Hono's handlers, whatever its door. */
import type { Context, MiddlewareHandler } from "hono";
import { type Background, type Door, type WebGuardOptions, webGuard } from "../guard/index.js";

/**
 * Makes the middleware of one door: what is known of a caller becomes variables of the context.
 *
 * @throws {KeyrailError} `reserve_unsupported`: `reserve` was asked of keys that cannot hold
 * @example
 * ```ts
 * app.use(honoGuard(keyDoor(ak), { reserve: 25 }));
 * ```
 */
export function honoGuard<Variables extends object>(
  door: Door<Context>,
  options: WebGuardOptions<Context>,
): MiddlewareHandler<{ Variables: Variables }> {
  const guard = webGuard<Context>(door, options);
  return async (c, next) => {
    let isReached = false;
    const answer = await guard({ request: c.req.raw, asked: c, background: backgroundOf(c) }, async (admitted) => {
      isReached = true;
      for (const [name, value] of Object.entries(admitted)) (c as Context).set(name, value);
      await next();
      // Hono answers a handler that gave nothing with a fault of its own.
      return c.finalized ? c.res : new Response(null, { status: 500 });
    });
    if (!c.finalized) return isReached ? undefined : answer;
    if (answer !== c.res) c.res = answer;
    return undefined;
  };
}

/** The execution context, which Hono's getter throws for where there is none. */
function backgroundOf(c: Context): Background | undefined {
  try {
    return c.executionCtx;
  } catch {
    return undefined;
  }
}

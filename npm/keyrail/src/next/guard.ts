/** The guard around a Next.js route handler, whatever its door. */
import { type Door, type WebGuardOptions, webGuard } from "../guard/index.js";
import { backgroundOfRequest } from "./background.js";
import { statusOfThrown } from "./thrown.js";

/** The parameters of a route whose handler does not name them. */
export type RouteParams = Promise<Record<string, string | string[] | undefined>>;

/** Puts a route handler behind the guard; `Caller` is what the handler knows besides the route's `params`. */
export type RouteGuard<Caller, Asked extends Request> = <Own extends Asked, Params = RouteParams>(
  handler: (request: Own, context: { readonly params: Params } & Caller) => Response | Promise<Response>,
) => (request: Own, context: { readonly params: Params }) => Promise<Response>;

/**
 * Makes the guard of one door: what is known of a caller stands beside `params` in the handler's second argument.
 *
 * @throws {KeyrailError} `reserve_unsupported`: `reserve` was asked of keys that cannot hold
 * @example
 * ```ts
 * export const POST = nextGuard<AdmittedWithHold, Request>(keyDoor(ak), { reserve: 25 })(answer);
 * ```
 */
export function nextGuard<Caller, Asked extends Request>(
  door: Door<Asked>,
  options: WebGuardOptions<Asked>,
): RouteGuard<Caller, Asked> {
  const guard = webGuard<Asked>(door, options);
  return (handler) => async (request, context) => {
    // What Next is to see instead of the answer that the guard judges by.
    let forNext: (() => Response) | undefined;
    const call = { request, asked: request, background: backgroundOfRequest() };
    const answer = await guard(call, async (admitted) => {
      try {
        const response: Response | undefined = await handler(request, { ...context, ...(admitted as Caller) });
        if (response) return response;
        // Next answers a handler that gave nothing with a fault of its own.
        forNext = () => response as unknown as Response;
        return new Response(null, { status: 500 });
      } catch (thrown) {
        const status = statusOfThrown(thrown);
        if (status === undefined) throw thrown;
        forNext = () => {
          throw thrown;
        };
        return new Response(null, { status });
      }
    });
    return forNext === undefined ? answer : forNext();
  };
}

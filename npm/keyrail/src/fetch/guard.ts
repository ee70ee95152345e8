/** The guard around a handler of web requests, whatever its door. */
import { type Background, type Door, type WebGuardOptions, webGuard } from "../guard/index.js";

/**
 * A handler behind the guard: the request, what is known of its caller, and then whatever else the platform
 * passes, such as `env` and `ctx`.
 */
export type GuardedHandler<Caller, Asked, Platform extends readonly unknown[], Answer> = (
  request: Asked,
  context: Caller,
  ...platform: Platform
) => Answer | Promise<Answer>;

/** The same for the platform, which knows of no guard. */
export type PlatformHandler<Asked, Platform extends readonly unknown[], Answer> = (
  request: Asked,
  ...platform: Platform
) => Promise<Response | Answer>;

/**
 * Puts a handler behind one door: what is known of a caller is its second argument.
 *
 * @throws {KeyrailError} `reserve_unsupported`: `reserve` was asked of keys that cannot hold
 * @example
 * ```ts
 * export default { fetch: fetchGuard(answer, keyDoor(ak), { reserve: 25 }) };
 * ```
 */
export function fetchGuard<
  Caller,
  Asked extends Request,
  Platform extends readonly unknown[],
  Answer extends Response | undefined,
>(
  handler: GuardedHandler<Caller, Asked, Platform, Answer>,
  door: Door<Asked>,
  options: WebGuardOptions<Asked>,
): PlatformHandler<Asked, Platform, Answer> {
  const guard = webGuard<Asked>(door, options);
  return (request, ...platform) =>
    guard({ request, asked: request, background: platform.find(isBackground) }, (admitted) =>
      handler(request, admitted as Caller, ...platform),
    );
}

function isBackground(argument: unknown): argument is Background {
  return typeof (argument as Partial<Background> | null | undefined)?.waitUntil === "function";
}

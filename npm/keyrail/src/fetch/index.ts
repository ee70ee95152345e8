/** Keyrail for handlers of web `Request`s: Workers, Deno, Bun, Next.js route handlers. */
import {
  type Admitted,
  type AdmittedWithHold,
  type GuardedKeys,
  keyDoor,
  type WebGuardOptions,
} from "../guard/index.js";
import { fetchGuard, type GuardedHandler, type PlatformHandler } from "./guard.js";

export type { Admitted, AdmittedWithHold, GuardedKeys, RequestHold } from "../guard/index.js";
export type { GuardedHandler, PlatformHandler } from "./guard.js";

/** What a guarded handler asks for. */
export type WithAgentKeyOptions<Asked extends Request = Request> = WebGuardOptions<Asked>;

/**
 * Lets a request through to its handler only with a good key, the scope, and the money for it.
 *
 * The handler gets `{ agentKey, agentKeyHold }` as its second argument, before those of the platform. With
 * `reserve` the cents are held before it runs, and extended until the last of its body is sent; the handler
 * settles what the work has cost. Where one of the platform's arguments has `waitUntil`, the settling
 * outlives the answer.
 *
 * A body that breaks off counts as a client that left: `onAbort` decides. Refusals are 401, 403 and 429, a
 * store that fails is 500; the bodies are those of the HTTP table in the documentation.
 *
 * @param handler what runs; what it throws is thrown on, once its hold is released
 * @param ak an `AgentKey`; without `reserve` also any object with `validate` and `hasScope`
 * @throws {KeyrailError} `reserve_unsupported`: `reserve` was asked of keys that cannot hold
 * @example
 * ```ts
 * const ask = async (request: Request, { agentKeyHold }: AdmittedWithHold) => {
 *   const { text, costCents } = await model(await request.text());
 *   await agentKeyHold.settle(costCents);
 *   return Response.json({ text });
 * };
 * export default { fetch: withAgentKey(ask, ak, { scope: "chat", reserve: 25 }) };
 * ```
 */
export function withAgentKey<
  Asked extends Request,
  Platform extends readonly unknown[],
  Answer extends Response | undefined,
>(
  handler: GuardedHandler<AdmittedWithHold, Asked, Platform, Answer>,
  ak: GuardedKeys,
  options: WithAgentKeyOptions<Asked> & Required<Pick<WithAgentKeyOptions<Asked>, "reserve">>,
): PlatformHandler<Asked, Platform, Answer>;
export function withAgentKey<
  Asked extends Request,
  Platform extends readonly unknown[],
  Answer extends Response | undefined,
>(
  handler: GuardedHandler<Admitted, Asked, Platform, Answer>,
  ak: GuardedKeys,
  options?: WithAgentKeyOptions<Asked>,
): PlatformHandler<Asked, Platform, Answer>;
export function withAgentKey<
  Asked extends Request,
  Platform extends readonly unknown[],
  Answer extends Response | undefined,
>(
  handler: GuardedHandler<AdmittedWithHold, Asked, Platform, Answer>,
  ak: GuardedKeys,
  options: WithAgentKeyOptions<Asked> = {},
): PlatformHandler<Asked, Platform, Answer> {
  return fetchGuard(handler, keyDoor(ak), options);
}

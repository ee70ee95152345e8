/** Keyrail for handlers of web `Request`s: Workers, Deno, Bun, Next.js route handlers. */
import { apiKeyDoor, m2mDoor } from "../clerk/door.js";
import type { ApiKeyDoorOptions, M2MDoorOptions } from "../clerk/door-options.js";
import type { VerifiedApiKey, VerifiedM2MToken } from "../clerk/types.js";
import {
  type Admitted,
  type AdmittedWithHold,
  type GuardedKeys,
  keyDoor,
  type WebGuardOptions,
} from "../guard/index.js";
import { fetchGuard, type GuardedHandler, type PlatformHandler } from "./guard.js";

export type { ClerkKeys, ClerkParent, ParentSubject } from "../clerk/door-options.js";
export type { ClerkApiKeyClient, ClerkM2MClient, VerifiedApiKey, VerifiedM2MToken } from "../clerk/types.js";
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

/** What a handler behind Clerk's API keys asks for. */
export interface WithClerkApiKeyOptions<Asked extends Request = Request>
  extends WithAgentKeyOptions<Asked>,
    ApiKeyDoorOptions {}

/** What a handler behind Clerk's machine-to-machine tokens asks for. */
export interface WithClerkM2MOptions<Asked extends Request = Request>
  extends WithAgentKeyOptions<Asked>,
    M2MDoorOptions {}

/**
 * Lets a request through to its handler only with a good API key of Clerk's, and within the budget of its subject.
 *
 * The handler gets `{ clerkApiKey, agentKey, agentKeyHold }` as its second argument. The answers are those of
 * `withAgentKey`, and 503 where Clerk cannot be asked.
 *
 * @throws {KeyrailError} `invalid_option`, `reserve_unsupported`, `parent_unsupported`, `sync_budget_unsupported`
 * @example
 * ```ts
 * const ask = async (request: Request, { clerkApiKey, agentKeyHold }: AdmittedWithHold & { clerkApiKey: VerifiedApiKey }) => {
 *   const { text, costCents } = await model(await request.text());
 *   await agentKeyHold.settle(costCents, { metadata: { key: clerkApiKey.id } });
 *   return Response.json({ text });
 * };
 * export const POST = withClerkApiKey(ask, { clerkClient, ak, defaults: { budgetCents: 500 }, reserve: 25 });
 * ```
 */
export function withClerkApiKey<
  Asked extends Request,
  Platform extends readonly unknown[],
  Answer extends Response | undefined,
>(
  handler: GuardedHandler<AdmittedWithHold & { readonly clerkApiKey: VerifiedApiKey }, Asked, Platform, Answer>,
  options: WithClerkApiKeyOptions<Asked> & Required<Pick<WithAgentKeyOptions<Asked>, "reserve">>,
): PlatformHandler<Asked, Platform, Answer>;
export function withClerkApiKey<
  Asked extends Request,
  Platform extends readonly unknown[],
  Answer extends Response | undefined,
>(
  handler: GuardedHandler<Admitted & { readonly clerkApiKey: VerifiedApiKey }, Asked, Platform, Answer>,
  options: WithClerkApiKeyOptions<Asked>,
): PlatformHandler<Asked, Platform, Answer>;
export function withClerkApiKey<
  Asked extends Request,
  Platform extends readonly unknown[],
  Answer extends Response | undefined,
>(
  handler: GuardedHandler<AdmittedWithHold & { readonly clerkApiKey: VerifiedApiKey }, Asked, Platform, Answer>,
  options: WithClerkApiKeyOptions<Asked>,
): PlatformHandler<Asked, Platform, Answer> {
  return fetchGuard(handler, apiKeyDoor(options), options);
}

/**
 * The same for Clerk's machine-to-machine tokens; the handler gets `m2m` instead of `clerkApiKey`.
 *
 * @throws {KeyrailError} `invalid_option`, `reserve_unsupported`, `parent_unsupported`, `sync_budget_unsupported`
 * @example
 * ```ts
 * const ask = (_request: Request, { m2m }: { m2m: VerifiedM2MToken }) => Response.json({ machine: m2m.subject });
 * export const POST = withClerkM2M(ask, { clerkClient, ak, machines: ["mch_…"], defaults: { budgetCents: 500 } });
 * ```
 */
export function withClerkM2M<
  Asked extends Request,
  Platform extends readonly unknown[],
  Answer extends Response | undefined,
>(
  handler: GuardedHandler<AdmittedWithHold & { readonly m2m: VerifiedM2MToken }, Asked, Platform, Answer>,
  options: WithClerkM2MOptions<Asked> & Required<Pick<WithAgentKeyOptions<Asked>, "reserve">>,
): PlatformHandler<Asked, Platform, Answer>;
export function withClerkM2M<
  Asked extends Request,
  Platform extends readonly unknown[],
  Answer extends Response | undefined,
>(
  handler: GuardedHandler<Admitted & { readonly m2m: VerifiedM2MToken }, Asked, Platform, Answer>,
  options: WithClerkM2MOptions<Asked>,
): PlatformHandler<Asked, Platform, Answer>;
export function withClerkM2M<
  Asked extends Request,
  Platform extends readonly unknown[],
  Answer extends Response | undefined,
>(
  handler: GuardedHandler<AdmittedWithHold & { readonly m2m: VerifiedM2MToken }, Asked, Platform, Answer>,
  options: WithClerkM2MOptions<Asked>,
): PlatformHandler<Asked, Platform, Answer> {
  return fetchGuard(handler, m2mDoor(options), options);
}

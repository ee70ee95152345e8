/** Keyrail for the route handlers of Next.js. */
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
import { nextGuard, type RouteGuard } from "./guard.js";

export type { ClerkKeys, ClerkParent, ParentSubject } from "../clerk/door-options.js";
export type { ClerkApiKeyClient, ClerkM2MClient, VerifiedApiKey, VerifiedM2MToken } from "../clerk/types.js";
export type { Admitted, AdmittedWithHold, GuardedKeys, RequestHold } from "../guard/index.js";
export type { RouteGuard, RouteParams } from "./guard.js";

/** What a guarded route asks for. */
export type AgentKeyOptions<Asked extends Request = Request> = WebGuardOptions<Asked>;

/** Options of which `reserve` is given, so that there is a hold. */
type WithReserve<Options extends { readonly reserve?: unknown }> = Options & Required<Pick<Options, "reserve">>;

/**
 * Lets a request through to its route handler only with a good key, the scope, and the money for it.
 *
 * The handler gets `{ params, agentKey, agentKeyHold }` as its second argument. With `reserve` the cents are held
 * before it runs, and extended until the last of its body is sent; the handler settles what the work has cost.
 * Where the platform gives Next a way to finish work behind an answer, the settling outlives it.
 *
 * Next shows no more than the first `Authorization` field, which therefore decides. What `redirect()` and
 * `notFound()` throw counts by the status that Next makes of it. A body that breaks off
 * counts as a client that left: `onAbort` decides. Refusals are 401, 403 and 429, a store that fails is 500;
 * the bodies are those of the HTTP table in the documentation.
 *
 * @param ak an `AgentKey`; without `reserve` also any object with `validate` and `hasScope`
 * @throws {KeyrailError} `reserve_unsupported`: `reserve` was asked of keys that cannot hold
 * @example
 * ```ts
 * export const POST = agentKey(ak, { scope: "chat", reserve: 25 })(async (request, { agentKeyHold }) => {
 *   const { text, costCents } = await model(await request.text());
 *   await agentKeyHold.settle(costCents);
 *   return Response.json({ text });
 * });
 * ```
 */
export function agentKey<Asked extends Request = Request>(
  ak: GuardedKeys,
  options: WithReserve<AgentKeyOptions<Asked>>,
): RouteGuard<AdmittedWithHold, Asked>;
export function agentKey<Asked extends Request = Request>(
  ak: GuardedKeys,
  options?: AgentKeyOptions<Asked>,
): RouteGuard<Admitted, Asked>;
export function agentKey<Asked extends Request>(
  ak: GuardedKeys,
  options: AgentKeyOptions<Asked> = {},
): RouteGuard<AdmittedWithHold, Asked> {
  return nextGuard(keyDoor(ak), options);
}

/** What a route behind Clerk's API keys asks for. */
export interface ClerkApiKeyOptions<Asked extends Request = Request>
  extends AgentKeyOptions<Asked>,
    ApiKeyDoorOptions {}

/** What a route behind Clerk's machine-to-machine tokens asks for. */
export interface ClerkM2MOptions<Asked extends Request = Request> extends AgentKeyOptions<Asked>, M2MDoorOptions {}

/** What a handler knows behind `clerkApiKey`, beside the row and the hold. */
export interface ClerkApiKeyKnown {
  /** What Clerk says of the caller's API key. */
  readonly clerkApiKey: VerifiedApiKey;
}

/** What a handler knows behind `clerkM2M`, beside the row and the hold. */
export interface M2MKnown {
  /** What Clerk says of the caller's token. */
  readonly m2m: VerifiedM2MToken;
}

/**
 * Lets a request through to its handler only with a good API key of Clerk's, and within the budget of its subject.
 *
 * The handler gets `{ params, clerkApiKey, agentKey, agentKeyHold }` as its second argument. The answers are those
 * of `agentKey`, and 503 where Clerk cannot be asked.
 *
 * @throws {KeyrailError} `invalid_option`, `reserve_unsupported`, `parent_unsupported`, `sync_budget_unsupported`
 * @example
 * ```ts
 * const guard = clerkApiKey({ clerkClient, ak, defaults: { budgetCents: 500, budgetPeriod: "month" }, reserve: 25 });
 * export const POST = guard(async (request, { agentKeyHold }) => {
 *   const { text, costCents } = await model(await request.text());
 *   await agentKeyHold.settle(costCents);
 *   return Response.json({ text });
 * });
 * ```
 */
export function clerkApiKey<Asked extends Request = Request>(
  options: WithReserve<ClerkApiKeyOptions<Asked>>,
): RouteGuard<AdmittedWithHold & ClerkApiKeyKnown, Asked>;
export function clerkApiKey<Asked extends Request = Request>(
  options: ClerkApiKeyOptions<Asked>,
): RouteGuard<Admitted & ClerkApiKeyKnown, Asked>;
export function clerkApiKey<Asked extends Request>(
  options: ClerkApiKeyOptions<Asked>,
): RouteGuard<AdmittedWithHold & ClerkApiKeyKnown, Asked> {
  return nextGuard(apiKeyDoor(options), options);
}

/**
 * The same for Clerk's machine-to-machine tokens; the handler gets `m2m` instead of `clerkApiKey`.
 *
 * @throws {KeyrailError} `invalid_option`, `reserve_unsupported`, `parent_unsupported`, `sync_budget_unsupported`
 * @example
 * ```ts
 * const guard = clerkM2M({ clerkClient, ak, machines: ["mch_…"], defaults: { budgetCents: 500 } });
 * export const GET = guard((_request, { m2m }) => Response.json({ machine: m2m.subject }));
 * ```
 */
export function clerkM2M<Asked extends Request = Request>(
  options: WithReserve<ClerkM2MOptions<Asked>>,
): RouteGuard<AdmittedWithHold & M2MKnown, Asked>;
export function clerkM2M<Asked extends Request = Request>(
  options: ClerkM2MOptions<Asked>,
): RouteGuard<Admitted & M2MKnown, Asked>;
export function clerkM2M<Asked extends Request>(
  options: ClerkM2MOptions<Asked>,
): RouteGuard<AdmittedWithHold & M2MKnown, Asked> {
  return nextGuard(m2mDoor(options), options);
}

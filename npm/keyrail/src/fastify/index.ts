/** Keyrail for Fastify 4 and 5. */
import { apiKeyDoor, m2mDoor } from "../clerk/door.js";
import type { ApiKeyDoorOptions, M2MDoorOptions } from "../clerk/door-options.js";
import { type GuardedKeys, keyDoor } from "../guard/index.js";
import { type FastifyGuardOptions, fastifyGuard, type Guard } from "./guard.js";

export type { ClerkKeys, ClerkParent, ParentSubject } from "../clerk/door-options.js";
export type { ClerkApiKeyClient, ClerkM2MClient, VerifiedApiKey, VerifiedM2MToken } from "../clerk/types.js";
export type { GuardedKeys, RequestHold } from "../guard/index.js";
export type { Guard } from "./guard.js";

/** What a guarded route asks for. */
export type AgentKeyOptions = FastifyGuardOptions;

/**
 * Lets a request through to its handler only with a good key, the scope, and the money for it.
 *
 * Nothing has to be registered: it is a hook, for `preHandler` or, where `reserve` needs no body, any before
 * it. With `reserve` the cents are held before the handler runs, and extended while the answer is open; the
 * handler settles what the work has cost.
 *
 * Sets `request.agentKey` and, with `reserve`, `request.agentKeyHold`, of which Fastify's types cannot know
 * that they are there: hence the `?.`. Refusals are 401, 403 and 429, a store that fails is 500; the bodies are
 * those of the HTTP table in the documentation.
 *
 * @param ak an `AgentKey`; without `reserve` also any object with `validate` and `hasScope`
 * @throws {KeyrailError} `reserve_unsupported`: `reserve` was asked of keys that cannot hold
 * @example
 * ```ts
 * app.post("/chat", { preHandler: agentKey(ak, { scope: "chat", reserve: 25 }) }, async (request) => {
 *   const { text, costCents } = await model(request.body);
 *   await request.agentKeyHold?.settle(costCents);
 *   return { text };
 * });
 * ```
 */
export function agentKey(ak: GuardedKeys, options: AgentKeyOptions = {}): Guard {
  return fastifyGuard(keyDoor(ak), options);
}

/** What a route behind Clerk's API keys asks for. */
export interface ClerkApiKeyOptions extends AgentKeyOptions, ApiKeyDoorOptions {}

/** What a route behind Clerk's machine-to-machine tokens asks for. */
export interface ClerkM2MOptions extends AgentKeyOptions, M2MDoorOptions {}

/**
 * Lets a request through to its handler only with a good API key of Clerk's, and within the budget of its subject.
 *
 * Sets `request.clerkApiKey` (what Clerk says), `request.agentKey` (the row) and, with `reserve`,
 * `request.agentKeyHold`. The answers are those of `agentKey`, and 503 where Clerk cannot be asked.
 *
 * @throws {KeyrailError} `invalid_option`, `reserve_unsupported`, `parent_unsupported`, `sync_budget_unsupported`
 * @example
 * ```ts
 * const defaults = { budgetCents: 500, budgetPeriod: "month" } as const;
 * const preHandler = clerkApiKey({ clerkClient, ak, defaults, reserve: 25 });
 * app.post("/chat", { preHandler }, async (request) => {
 *   const { text, costCents } = await model(request.body);
 *   await request.agentKeyHold?.settle(costCents);
 *   return { text };
 * });
 * ```
 */
export function clerkApiKey(options: ClerkApiKeyOptions): Guard {
  return fastifyGuard(apiKeyDoor(options, clerkAuthOf), options);
}

/**
 * The same for Clerk's machine-to-machine tokens; sets `request.m2m` instead of `request.clerkApiKey`.
 *
 * @throws {KeyrailError} `invalid_option`, `reserve_unsupported`, `parent_unsupported`, `sync_budget_unsupported`
 * @example
 * ```ts
 * app.addHook("onRequest", clerkM2M({ clerkClient, ak, machines: ["mch_…"], defaults: { budgetCents: 500 } }));
 * ```
 */
export function clerkM2M(options: ClerkM2MOptions): Guard {
  return fastifyGuard(m2mDoor(options, clerkAuthOf), options);
}

/** What `clerkPlugin` of `@clerk/fastify` leaves, where its hook runs before this one. */
function clerkAuthOf(request: object): unknown {
  return (request as { readonly auth?: unknown }).auth;
}

/** Keyrail for Hono. */
import type { Context, MiddlewareHandler } from "hono";
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
import { honoGuard } from "./guard.js";

export type { ClerkKeys, ClerkParent, ParentSubject } from "../clerk/door-options.js";
export type { ClerkApiKeyClient, ClerkM2MClient, VerifiedApiKey, VerifiedM2MToken } from "../clerk/types.js";
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
  return honoGuard<AgentKeyVariables>(keyDoor(ak), options);
}

/** What `c.get` gives behind `clerkApiKey`, beside the row and the hold. */
export interface ClerkApiKeyKnown {
  readonly clerkApiKey: VerifiedApiKey;
}

/** What `c.get` gives behind `clerkM2M`, beside the row and the hold. */
export interface M2MKnown {
  readonly m2m: VerifiedM2MToken;
}

/** What a route behind Clerk's API keys asks for. */
export interface ClerkApiKeyOptions extends AgentKeyOptions, ApiKeyDoorOptions {}

/** What a route behind Clerk's machine-to-machine tokens asks for. */
export interface ClerkM2MOptions extends AgentKeyOptions, M2MDoorOptions {}

/**
 * Lets a request through to its handler only with a good API key of Clerk's, and within the budget of its subject.
 *
 * Sets `clerkApiKey` (what Clerk says), `agentKey` (the row) and, with `reserve`, `agentKeyHold`. The answers are
 * those of `agentKey`, and 503 where Clerk cannot be asked.
 *
 * @throws {KeyrailError} `invalid_option`, `reserve_unsupported`, `parent_unsupported`, `sync_budget_unsupported`
 * @example
 * ```ts
 * const guard = clerkApiKey({ clerkClient, ak, defaults: { budgetCents: 500, budgetPeriod: "month" }, reserve: 25 });
 * app.post("/chat", guard, async (c) => {
 *   const { text, costCents } = await model(await c.req.text());
 *   await c.get("agentKeyHold").settle(costCents);
 *   return c.json({ text });
 * });
 * ```
 */
export function clerkApiKey(
  options: ClerkApiKeyOptions & Required<Pick<AgentKeyOptions, "reserve">>,
): MiddlewareHandler<{ Variables: AdmittedWithHold & ClerkApiKeyKnown }>;
export function clerkApiKey(options: ClerkApiKeyOptions): MiddlewareHandler<{ Variables: Admitted & ClerkApiKeyKnown }>;
export function clerkApiKey(
  options: ClerkApiKeyOptions,
):
  | MiddlewareHandler<{ Variables: AdmittedWithHold & ClerkApiKeyKnown }>
  | MiddlewareHandler<{ Variables: Admitted & ClerkApiKeyKnown }> {
  return honoGuard<Admitted & ClerkApiKeyKnown>(apiKeyDoor(options, clerkAuthOf), options);
}

/**
 * The same for Clerk's machine-to-machine tokens; sets `m2m` instead of `clerkApiKey`.
 *
 * @throws {KeyrailError} `invalid_option`, `reserve_unsupported`, `parent_unsupported`, `sync_budget_unsupported`
 * @example
 * ```ts
 * app.use("/internal/*", clerkM2M({ clerkClient, ak, machines: ["mch_…"], defaults: { budgetCents: 500 } }));
 * ```
 */
export function clerkM2M(
  options: ClerkM2MOptions & Required<Pick<AgentKeyOptions, "reserve">>,
): MiddlewareHandler<{ Variables: AdmittedWithHold & M2MKnown }>;
export function clerkM2M(options: ClerkM2MOptions): MiddlewareHandler<{ Variables: Admitted & M2MKnown }>;
export function clerkM2M(
  options: ClerkM2MOptions,
):
  | MiddlewareHandler<{ Variables: AdmittedWithHold & M2MKnown }>
  | MiddlewareHandler<{ Variables: Admitted & M2MKnown }> {
  return honoGuard<Admitted & M2MKnown>(m2mDoor(options, clerkAuthOf), options);
}

/** What `clerkMiddleware` of `@clerk/hono`, or of `@hono/clerk-auth` before it, leaves: a function. */
function clerkAuthOf(c: Context): unknown {
  const auth: unknown = c.get("clerkAuth");
  return typeof auth === "function" ? auth : undefined;
}

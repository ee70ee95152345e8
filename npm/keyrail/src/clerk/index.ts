/** Clerk's API keys and machine-to-machine tokens with a budget: who comes from agentkey-clerk changes one import. */
import { type ExpressGuardOptions, expressGuard, type Guard } from "../express/guard.js";
import { apiKeyDoor, m2mDoor } from "./door.js";
import type { ApiKeyDoorOptions, ClerkKeys, M2MDoorOptions } from "./door-options.js";
import type { VerifiedApiKey, VerifiedM2MToken } from "./types.js";

export { createM2M, loadClerkEnv } from "#clerk-server";
export type { Guard } from "../express/guard.js";
export type { ClerkKeys, ClerkParent, ParentSubject } from "./door-options.js";
export type { ClerkEnv, ClerkEnvSource } from "./env.js";
export type {
  ClerkM2MManager,
  CreatedM2MToken,
  CreateM2MParams,
  ListM2MParams,
  M2M,
  M2MOptions,
  M2MTokenPage,
  M2MVerification,
  ReplacedToken,
  RotatedM2MToken,
  RotateM2MParams,
  RotateMachineKeyParams,
} from "./m2m-types.js";
export type { ClerkApiKeyClient, ClerkM2MClient, VerifiedApiKey, VerifiedM2MToken } from "./types.js";

declare global {
  namespace Express {
    interface Request {
      /** What Clerk says about the caller's API key, where `clerkApiKeyMiddleware` let the request through. */
      clerkApiKey?: VerifiedApiKey;
      /** What Clerk says about the caller's token, where `clerkAgentKeyMiddleware` let the request through. */
      m2m?: VerifiedM2MToken;
    }
  }
}

/** What a route behind Clerk's API keys asks for. */
export interface ClerkApiKeyOptions extends ExpressGuardOptions, ApiKeyDoorOptions {}

/** What a route behind Clerk's machine-to-machine tokens asks for. */
export interface ClerkAgentKeyOptions extends ExpressGuardOptions, M2MDoorOptions {}

/**
 * Lets a request through to its handler only with a good API key of Clerk's, and within the budget of its subject.
 *
 * Clerk is asked at most once a `cacheTtl` for each key. The subject's row is made when it is first seen. Sets
 * `req.clerkApiKey` (what Clerk says), `req.agentKey` (the row) and, with `reserve`, `req.agentKeyHold`.
 *
 * A bad key is 401, a spent budget 429, a missing scope of the row 403, Clerk out of reach 503, and a store that
 * fails 500.
 *
 * @throws {KeyrailError} `invalid_option`, `reserve_unsupported`, `parent_unsupported`, `sync_budget_unsupported`
 * @example
 * ```ts
 * const guard = clerkApiKeyMiddleware({ clerkClient, ak, defaults: { budgetCents: 500, budgetPeriod: "month" }, reserve: 25 });
 * app.post("/chat", guard, async (req, res) => {
 *   const { text, costCents } = await model(req.body);
 *   await req.agentKeyHold?.settle(costCents);
 *   res.json({ text });
 * });
 * ```
 */
export function clerkApiKeyMiddleware(options: ClerkApiKeyOptions): Guard {
  return expressGuard(apiKeyDoor(options, clerkAuthOf), options);
}

/**
 * The same for Clerk's machine-to-machine tokens; sets `req.m2m` instead of `req.clerkApiKey`.
 *
 * @throws {KeyrailError} `invalid_option`, `reserve_unsupported`, `parent_unsupported`, `sync_budget_unsupported`
 * @example
 * ```ts
 * app.use("/internal", clerkAgentKeyMiddleware({ clerkClient, ak, machines: ["mch_…"], defaults: { budgetCents: 500 } }));
 * ```
 */
export function clerkAgentKeyMiddleware(options: ClerkAgentKeyOptions): Guard {
  return expressGuard(m2mDoor(options, clerkAuthOf), options);
}

/**
 * Charges the subject of an API key for work that has happened; the same as `ak.trackUsageBySubject`.
 *
 * @param cents fractions allowed
 * @example
 * ```ts
 * await trackByApiKey(ak, req.clerkApiKey.subject, 12.5);
 * ```
 */
export function trackByApiKey<Keys extends Pick<ClerkKeys, "trackUsageBySubject">>(
  ak: Keys,
  subject: string,
  cents: number,
): ReturnType<Keys["trackUsageBySubject"]> {
  return ak.trackUsageBySubject(subject, { costCents: cents }) as ReturnType<Keys["trackUsageBySubject"]>;
}

/**
 * Charges the subject of a machine-to-machine token for work that has happened.
 *
 * @param cents fractions allowed
 * @example
 * ```ts
 * await trackByM2M(ak, req.m2m.subject, 12.5);
 * ```
 */
export function trackByM2M<Keys extends Pick<ClerkKeys, "trackUsageBySubject">>(
  ak: Keys,
  subject: string,
  cents: number,
): ReturnType<Keys["trackUsageBySubject"]> {
  return trackByApiKey(ak, subject, cents);
}

/** What `clerkMiddleware` of `@clerk/express` leaves: a function. Other libraries leave objects there. */
function clerkAuthOf(req: object): unknown {
  const { auth } = req as { readonly auth?: unknown };
  return typeof auth === "function" ? auth : undefined;
}

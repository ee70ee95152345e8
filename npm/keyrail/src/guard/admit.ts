/** Decides a request from its `Authorization` header: the key, then the scope, then the money. */

import type { Hold, ReserveResult, ValidKey } from "../agent-key/types.js";
import { KeyrailError } from "../errors.js";
import { readBearer } from "./bearer.js";
import { type Denial, insufficientScope, invalidToken, missing, overBudget, unavailable } from "./denial.js";
import { canHold, faultText, type GuardedKeys, type RefusedKey, timeOf } from "./guarded-keys.js";
import { rateLimitHeaders } from "./rate-limit.js";

/** What a guard asks of every request. */
export interface AdmissionOptions<Request> {
  /** The scope that the key must have; nothing or `""` asks for none. */
  readonly scope?: string | undefined;
  /** Cents to hold before the handler runs, or how to tell them from the request. */
  readonly reserve?: number | ((request: Request) => number | Promise<number>) | undefined;
  /** How long the hold lasts without being extended; default `"5m"`. */
  readonly ttl?: string | number | undefined;
  /** Adds `RateLimit` and `RateLimit-Policy` for the caller's own budget. */
  readonly headers?: boolean | undefined;
}

/** A request that may go on, with what it holds. */
export interface Admission {
  readonly ok: true;
  readonly validation: ValidKey;
  readonly hold?: Hold;
  /** To be set on the handler's answer. */
  readonly headers: Readonly<Record<string, string>>;
}

/** What becomes of a request. */
export type Decision = Admission | Denial;

/** Decides one request; it never rejects. */
export type Admit<Request> = (authorization: readonly string[], request: Request) => Promise<Decision>;

/** Why a reserve may find that the key is no longer good. */
const CREDENTIAL_REASONS = new Set(["invalid", "revoked", "expired", "ancestor_revoked", "ancestor_expired"]);

/**
 * Makes the decision of a route.
 *
 * @throws {KeyrailError} `reserve_unsupported`: `reserve` was asked of keys that cannot hold
 * @example
 * ```ts
 * const admit = admission(ak, { scope: "chat", reserve: 25 });
 * const decision = await admit(["Bearer ak_…"], undefined);
 * if (!decision.ok) return new Response(JSON.stringify(decision.body), decision);
 * ```
 */
export function admission<Request>(ak: GuardedKeys, options: AdmissionOptions<Request>): Admit<Request> {
  if (options.reserve !== undefined && !canHold(ak)) {
    throw new KeyrailError("reserve_unsupported", "`reserve` needs keys with reserve, settle, release and extend");
  }
  return async (authorization, request) => {
    try {
      return await decide(ak, options, authorization, request);
    } catch (fault) {
      ak.notice?.("auth_unavailable", `a request was answered with 500: ${faultText(fault)}`);
      return unavailable();
    }
  };
}

/** Says once per route what it means to guard one without `reserve`. */
export function noticeUnreserved(ak: GuardedKeys, options: { readonly reserve?: unknown }): void {
  if (options.reserve !== undefined) return;
  const message =
    "a route without `reserve` only looks at the budget: calls that run at once can together do more work than is paid for; pass `reserve` with the cents to hold";
  ak.notice?.("unreserved_route", message);
}

async function decide<Request>(
  ak: GuardedKeys,
  options: AdmissionOptions<Request>,
  authorization: readonly string[],
  request: Request,
): Promise<Decision> {
  const bearer = readBearer(authorization);
  if (bearer.kind === "missing") return missing("Missing API key");
  if (bearer.kind === "malformed") return invalidToken("invalid");
  const { secret } = bearer;

  const early = holdsAtOnce(options) ? () => reserve(ak, secret, options.reserve, options.ttl) : undefined;
  const { validation, reserving } = await validated(ak, secret, early);
  if (!validation.valid) {
    const { reason, binding } = validation;
    if (reason !== "budget_exceeded") return invalidToken(reason);
    return overBudget(binding, binding !== undefined && binding.id === (await ownBudgetId(ak, secret)), timeOf(ak));
  }
  if (options.scope && !ak.hasScope(validation, options.scope)) {
    return insufficientScope(options.scope, validation.scopes);
  }
  const limits = (leftCents: number | null) => (options.headers ? ownRateLimit(ak, validation, leftCents) : {});
  if (options.reserve === undefined) {
    return { ok: true, validation, headers: limits(validation.budgetRemainingCents) };
  }

  const reserved = await (reserving ?? reserveFor(ak, secret, options, request));
  if (reserved.success) {
    return { ok: true, validation, hold: reserved.hold, headers: limits(reserved.budgetRemainingCents) };
  }
  const { reason, binding } = reserved;
  if (CREDENTIAL_REASONS.has(reason)) return invalidToken(reason);
  // Nothing that the caller could mend: the route asks for an amount or a time that cannot be held.
  if (reason !== "budget_exceeded") throw new KeyrailError(reason, "check the `reserve` and `ttl` of this route");
  const denial = overBudget(binding, binding?.id === validation.id, timeOf(ak));
  return { ...denial, headers: { ...limits(validation.budgetRemainingCents), ...denial.headers } };
}

/** Whether the hold depends on nothing that only the validation tells: then both are asked at once. */
function holdsAtOnce(options: { readonly scope?: string | undefined; readonly reserve?: unknown }): boolean {
  return typeof options.reserve === "number" && !options.scope;
}

/** A validation, and the hold that was asked for with it: one turn of the key's tree serves both. */
interface Validated {
  readonly validation: ValidKey | RefusedKey;
  readonly reserving?: Promise<ReserveResult>;
}

/** Validates, and asks for a hold meanwhile. Where the key turns out to be no good the hold is given back. */
async function validated(
  ak: GuardedKeys,
  secret: string,
  early: (() => Promise<ReserveResult>) | undefined,
): Promise<Validated> {
  const validating = ak.validate(secret);
  if (early === undefined) return { validation: await validating };
  const reserving = early();
  try {
    // Whichever fails is waited for below or by the caller; until then it must not count as unhandled.
    reserving.catch(() => undefined);
    const validation = await validating;
    if (validation.valid) return { validation, reserving };
    await giveBack(ak, reserving);
    return { validation };
  } catch (fault) {
    await giveBack(ak, reserving);
    throw fault;
  }
}

/** Gives a hold back that nobody will use. Where that fails it ends with its time. */
async function giveBack(ak: GuardedKeys, reserving: Promise<ReserveResult>): Promise<void> {
  try {
    const reserved = await reserving;
    if (reserved.success) await ak.release?.(reserved.hold.id);
  } catch {}
}

async function reserveFor<Request>(
  ak: GuardedKeys,
  secret: string,
  options: AdmissionOptions<Request>,
  request: Request,
): Promise<ReserveResult> {
  const costCents = typeof options.reserve === "function" ? await options.reserve(request) : options.reserve;
  return reserve(ak, secret, costCents, options.ttl);
}

async function reserve(
  ak: GuardedKeys,
  secret: string,
  costCents: unknown,
  ttl: string | number | undefined,
): Promise<ReserveResult> {
  // Checked here too: an older object might take "5" or undefined for an amount.
  if (typeof costCents !== "number" || !Number.isFinite(costCents)) {
    throw new TypeError("`reserve` gave something else than a finite number of cents");
  }
  if (!canHold(ak)) throw new TypeError("the keys cannot hold");
  return ak.reserve(secret, ttl === undefined ? { costCents } : { costCents, ttl });
}

/** The id of the caller's own budget, the last of its chain. Unknown counts as an ancestor's, which shows less. */
async function ownBudgetId(ak: GuardedKeys, secret: string): Promise<number | undefined> {
  const chain = await ak.budgets?.({ key: secret }).catch(() => []);
  return chain?.at(-1)?.id;
}

function ownRateLimit(ak: GuardedKeys, key: ValidKey, remainingCents: number | null): Record<string, string> {
  if (key.budgetCents === null || remainingCents === null) return {};
  const { budgetCents: limitCents, budgetPeriod: period, budgetResetAt: resetAt } = key;
  return rateLimitHeaders({ limitCents, remainingCents, period, resetAt }, timeOf(ak));
}

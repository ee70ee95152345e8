/** Decides a request: who calls, then the scope, then the money. */

import type { Hold, ReserveOptions, ReserveResult, ValidKey } from "../agent-key/types.js";
import { KeyrailError } from "../errors.js";
import { type Denial, insufficientScope, invalidToken, overBudget, unavailable, unknownSubject } from "./denial.js";
import { type Caller, type Door, isDenial } from "./door.js";
import { faultText, type GuardedRows, type RefusedKey, timeOf } from "./guarded-keys.js";
import { rateLimitHeaders } from "./rate-limit.js";

/** What a guard asks of every request. */
export interface AdmissionOptions<Asked> {
  /** The scope that the key must have; nothing or `""` asks for none. */
  readonly scope?: string | undefined;
  /** Cents to hold before the handler runs, or how to tell them from the request. */
  readonly reserve?: number | ((asked: Asked) => number | Promise<number>) | undefined;
  /** How long the hold lasts without being extended; default `"5m"`. */
  readonly ttl?: string | number | undefined;
  /** Adds `RateLimit` and `RateLimit-Policy` for the caller's own budget. */
  readonly headers?: boolean | undefined;
}

/** A request that may go on, with what it holds. */
export interface Admission {
  readonly ok: true;
  readonly validation: ValidKey;
  /** What else is known of the caller, by the names under which its handler is told. */
  readonly known: Readonly<Record<string, unknown>>;
  readonly hold?: Hold;
  /** To be set on the handler's answer. */
  readonly headers: Readonly<Record<string, string>>;
}

/** What becomes of a request. */
export type Decision = Admission | Denial;

/** Decides one request; it never rejects. */
export type Admit<Asked> = (authorization: readonly string[], asked: Asked) => Promise<Decision>;

/** Why a reserve may find that the key is no longer good. */
const CREDENTIAL_REASONS = new Set(["invalid", "revoked", "expired", "ancestor_revoked", "ancestor_expired"]);

/**
 * Makes the decision of a route.
 *
 * @throws {KeyrailError} `reserve_unsupported`: `reserve` was asked of keys that cannot hold
 * @example
 * ```ts
 * const admit = admission(keyDoor(ak), { scope: "chat", reserve: 25 });
 * const decision = await admit(["Bearer ak_…"], undefined);
 * if (!decision.ok) return new Response(JSON.stringify(decision.body), decision);
 * ```
 */
export function admission<Asked>(door: Door<Asked>, options: AdmissionOptions<Asked>): Admit<Asked> {
  if (options.reserve !== undefined && !door.canReserve) {
    throw new KeyrailError("reserve_unsupported", "`reserve` needs keys with reserve, settle, release and extend");
  }
  return async (authorization, asked) => {
    try {
      const entering = door.enter(authorization, asked);
      const entered = "then" in entering ? await entering : entering;
      return isDenial(entered) ? entered : await decide(door.ak, entered, options, asked);
    } catch (fault) {
      door.ak.notice?.("auth_unavailable", `a request was answered with 500: ${faultText(fault)}`);
      return unavailable();
    }
  };
}

/** Says once per route what it means to guard one without `reserve`. */
export function noticeUnreserved(ak: GuardedRows, options: { readonly reserve?: unknown }): void {
  if (options.reserve !== undefined) return;
  const message =
    "a route without `reserve` only looks at the budget: calls that run at once can together do more work than is paid for; pass `reserve` with the cents to hold";
  ak.notice?.("unreserved_route", message);
}

async function decide<Asked>(
  ak: GuardedRows,
  caller: Caller,
  options: AdmissionOptions<Asked>,
  asked: Asked,
): Promise<Decision> {
  const { validation, reserved: reserving } = holdsAtOnce(options)
    ? await withHold(ak, caller, holdOptions(options.reserve, options.ttl))
    : { validation: await caller.validate(), reserved: undefined };
  if (!validation.valid) return refusal(ak, caller, validation);
  if (options.scope && !ak.hasScope(validation, options.scope)) {
    return insufficientScope(options.scope, validation.scopes);
  }
  const { known } = caller;
  const limits = (leftCents: number | null) => (options.headers ? ownRateLimit(ak, validation, leftCents) : {});
  if (options.reserve === undefined) {
    return { ok: true, validation, known, headers: limits(validation.budgetRemainingCents) };
  }

  const reserved = await (reserving ?? reserveFor(caller, options, asked));
  if (reserved.success) {
    return { ok: true, validation, known, hold: reserved.hold, headers: limits(reserved.budgetRemainingCents) };
  }
  const { reason, binding } = reserved;
  if (CREDENTIAL_REASONS.has(reason)) return invalidToken(reason);
  // Nothing that the caller could mend: the route asks for an amount or a time that cannot be held.
  if (reason !== "budget_exceeded") throw new KeyrailError(reason, "check the `reserve` and `ttl` of this route");
  const denial = overBudget(binding, binding?.id === validation.id, timeOf(ak));
  return { ...denial, headers: { ...limits(validation.budgetRemainingCents), ...denial.headers } };
}

/** The answer to a caller whose row is no good, or whose budget is spent. */
async function refusal(ak: GuardedRows, caller: Caller, { reason, binding }: RefusedKey): Promise<Denial> {
  if (reason === "unknown_subject") return unknownSubject();
  if (reason !== "budget_exceeded") return invalidToken(reason);
  return overBudget(binding, binding !== undefined && binding.id === (await ownBudgetId(ak, caller)), timeOf(ak));
}

/** Whether the hold depends on nothing that only the validation tells: then both are asked at once. */
function holdsAtOnce(options: { readonly scope?: string | undefined; readonly reserve?: unknown }): boolean {
  return typeof options.reserve === "number" && !options.scope;
}

/** A validation, and the hold that was asked for with it. */
interface WithHold {
  readonly validation: ValidKey | RefusedKey;
  readonly reserved: ReserveResult | Promise<ReserveResult>;
}

/** Validates and asks for a hold at once. Where the key turns out to be no good the hold is given back. */
async function withHold(ak: GuardedRows, caller: Caller, hold: ReserveOptions): Promise<WithHold> {
  const admitted = await caller.admit(hold);
  if (admitted === undefined) return bothAtOnce(ak, caller, hold);
  if (!admitted.validation.valid) await giveBack(ak, admitted.reserved);
  return admitted;
}

/** The same of keys that know only the two, which are asked at the same time. */
async function bothAtOnce(ak: GuardedRows, caller: Caller, hold: ReserveOptions): Promise<WithHold> {
  const validating = caller.validate();
  // Older objects may throw at once.
  const reserved = (async () => caller.reserve(hold))();
  try {
    // Whichever fails is waited for below or by the caller; until then it must not count as unhandled.
    reserved.catch(() => undefined);
    const validation = await validating;
    if (!validation.valid) await giveBack(ak, reserved);
    return { validation, reserved };
  } catch (fault) {
    await giveBack(ak, reserved);
    throw fault;
  }
}

/** Gives a hold back that nobody will use. Where that fails it ends with its time. */
async function giveBack(ak: GuardedRows, reserving: ReserveResult | Promise<ReserveResult>): Promise<void> {
  try {
    const reserved = await reserving;
    if (reserved.success) await ak.release?.(reserved.hold.id);
  } catch {}
}

async function reserveFor<Asked>(
  caller: Caller,
  options: AdmissionOptions<Asked>,
  asked: Asked,
): Promise<ReserveResult> {
  const costCents = typeof options.reserve === "function" ? await options.reserve(asked) : options.reserve;
  return caller.reserve(holdOptions(costCents, options.ttl));
}

function holdOptions(costCents: unknown, ttl: string | number | undefined): ReserveOptions {
  // Checked here too: an older object might take "5" or undefined for an amount.
  if (typeof costCents !== "number" || !Number.isFinite(costCents)) {
    throw new TypeError("`reserve` gave something else than a finite number of cents");
  }
  return ttl === undefined ? { costCents } : { costCents, ttl };
}

/** The id of the caller's own budget, the last of its chain. Unknown counts as an ancestor's, which shows less. */
async function ownBudgetId(ak: GuardedRows, caller: Caller): Promise<number | undefined> {
  const chain = await ak.budgets?.(caller.ref).catch(() => []);
  return chain?.at(-1)?.id;
}

function ownRateLimit(ak: GuardedRows, key: ValidKey, remainingCents: number | null): Record<string, string> {
  if (key.budgetCents === null || remainingCents === null) return {};
  const { budgetCents: limitCents, budgetPeriod: period, budgetResetAt: resetAt } = key;
  return rateLimitHeaders({ limitCents, remainingCents, period, resetAt }, timeOf(ak));
}

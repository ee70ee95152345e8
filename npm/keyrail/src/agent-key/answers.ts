/** From the loop's answers to what the public methods give: cents, ISO strings, public names. */
import type { Answer, BudgetView, HoldView } from "../loop/request.js";
import type {
  Binding,
  BudgetInfo,
  CreatedKey,
  Hold,
  InvalidKey,
  Reason,
  Refused,
  ReserveResult,
  ValidKey,
} from "./types.js";

const MICROCENTS_PER_CENT = 1_000_000;

/** Microcents as cents: the nearest double. */
export function toCents(microcents: number): number {
  return microcents / MICROCENTS_PER_CENT;
}

/** An amount or none in cents. */
export function toOptionalCents(microcents: number | null): number | null {
  return microcents === null ? null : toCents(microcents);
}

/** An instant as ISO text. */
export function toIso(ms: number): string {
  return new Date(ms).toISOString();
}

/** An instant or none as ISO text. */
export function toOptionalIso(ms: number | null): string | null {
  return ms === null ? null : toIso(ms);
}

/** cap − spent − held, never below 0. */
function remainingCents(budget: BudgetView): number | null {
  return budget.cap === null ? null : toCents(Math.max(0, budget.cap - budget.spent - budget.held));
}

/** A budget in public words. */
export function toBudgetInfo(budget: BudgetView): BudgetInfo {
  return {
    id: budget.id,
    path: budget.path,
    limitCents: toOptionalCents(budget.cap),
    usedCents: toCents(budget.spent),
    heldCents: toCents(budget.held),
    remainingCents: remainingCents(budget),
    period: budget.period,
    windowStart: toIso(budget.windowStart),
    resetAt: toOptionalIso(budget.resetAt),
  };
}

function toBinding(budget: BudgetView, requested: number): Binding {
  const { remainingCents: _remaining, limitCents, ...info } = toBudgetInfo(budget);
  return {
    id: info.id,
    path: info.path,
    limitCents: limitCents ?? 0,
    usedCents: info.usedCents,
    heldCents: info.heldCents,
    requestedCents: toCents(requested),
    period: info.period,
    windowStart: info.windowStart,
    resetAt: info.resetAt,
  };
}

/** A refusal before anything was asked of the ledger. */
export function refused(reason: Reason): Refused {
  return { success: false, reason };
}

/** Everything but a success is a refusal, or about something that does not exist. */
export function asRefusal(answer: Answer): Extract<Answer, { tag: "refused" | "unknown" }> {
  return answer.tag === "refused" ? answer : { tag: "unknown" };
}

/** A refusal by the ledger, or `unknown` in place of a node or hold that does not exist. */
export function toRefused(answer: Extract<Answer, { tag: "refused" | "unknown" }>, unknown: Reason): Refused {
  if (answer.tag === "unknown") return refused(unknown);
  const reason = answer.reason as Reason;
  if (answer.binding === null) return { success: false, reason };
  return { success: false, reason, binding: toBinding(answer.binding, answer.requested) };
}

/** A new key; its secret is told here and never again. */
export function toCreatedKey(key: string, { row, clamped }: Extract<Answer, { tag: "minted" }>): CreatedKey {
  return {
    key,
    id: row.id,
    scopes: row.scopes === null ? null : [...row.scopes],
    budgetCents: toOptionalCents(row.capMicrocents),
    budgetPeriod: row.period,
    expiresAt: toOptionalIso(row.expiresAt),
    parentId: row.parentId,
    path: row.path,
    clamped: (["scopes", "budgetCents", "expiresAt"] as const).filter((part) => clamped[part]),
  };
}

/** What came of asking for a hold. */
export function toReserveResult(answer: Answer | Refused): ReserveResult {
  if (!("tag" in answer)) return answer;
  if (answer.tag !== "held") return toRefused(asRefusal(answer), "invalid");
  return {
    success: true,
    hold: { ...toHold(answer.hold), state: answer.hold.state },
    budgetUsedCents: toCents(answer.used),
    budgetRemainingCents: toOptionalCents(answer.remaining),
  };
}

/** Why a key is not valid. */
export function toInvalidKey(answer: Extract<Answer, { tag: "refused" | "unknown" }>): InvalidKey {
  const { success: _success, ...refused } = toRefused(answer, "invalid");
  return { valid: false, ...refused };
}

/** What a valid key is and has. */
export function toValidKey(answer: Extract<Answer, { tag: "valid" }>): ValidKey {
  const { row, budget } = answer;
  return {
    valid: true,
    id: row.id,
    accountId: row.accountId,
    userId: row.userId,
    scopes: answer.scopes,
    budgetCents: toOptionalCents(budget.cap),
    budgetUsedCents: toCents(budget.spent),
    budgetRemainingCents: remainingCents(budget),
    budgetPeriod: budget.period,
    budgetResetAt: toOptionalIso(budget.resetAt),
    expiresAt: toOptionalIso(answer.expiresAt),
    delegatedBy: row.delegatedBy,
    name: row.name,
  };
}

/** A hold in public words. */
export function toHold(hold: HoldView): Hold {
  return { id: hold.id, costCents: toCents(hold.amount), expiresAt: toIso(hold.expiresAt) };
}

/** `RateLimit` and `RateLimit-Policy` (draft-ietf-httpapi-ratelimit-headers) for one budget in cents. */
import type { BudgetPeriod } from "../agent-key/types.js";

/** The figures of a budget that has a cap. */
export interface CappedBudget {
  readonly limitCents: number;
  readonly remainingCents: number;
  readonly period: BudgetPeriod | null;
  readonly resetAt: string | null;
}

/** The windows of a fixed length; a month has none. */
const WINDOW_SECONDS: Partial<Record<BudgetPeriod, number>> = { hour: 3_600, day: 86_400, week: 604_800 };

/**
 * Whole seconds from now to an instant, at least 1, so that nobody retries before it.
 *
 * @example
 * ```ts
 * secondsUntil("1970-01-01T00:00:01.500Z", 0); // 2
 * ```
 */
export function secondsUntil(instant: string, nowMs: number): number {
  return Math.max(1, Math.ceil((Date.parse(instant) - nowMs) / 1_000));
}

/**
 * The two fields for a budget. They carry integers, so a fraction of a cent that is left is not shown.
 *
 * @example
 * ```ts
 * rateLimitHeaders({ limitCents: 1_000, remainingCents: 899.5, period: null, resetAt: null }, Date.now());
 * // { "RateLimit-Policy": '"budget";q=1000;qu="cents"', RateLimit: '"budget";r=899' }
 * ```
 */
export function rateLimitHeaders(budget: CappedBudget, nowMs: number): Record<string, string> {
  const window = budget.period === null ? undefined : WINDOW_SECONDS[budget.period];
  const policy = `"budget";q=${budget.limitCents};qu="cents"`;
  const state = `"budget";r=${Math.max(0, Math.floor(budget.remainingCents))}`;
  return {
    "RateLimit-Policy": window === undefined ? policy : `${policy};w=${window}`,
    RateLimit: budget.resetAt === null ? state : `${state};t=${secondsUntil(budget.resetAt, nowMs)}`,
  };
}

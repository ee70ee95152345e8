/** What becomes of a hold that the handler of a finished answer left open. */
import { faultText, type GuardedRows } from "./guarded-keys.js";
import type { Ending } from "./request-hold.js";

/** Settle the reserved amount, release it, or ask: the answer may also be another amount in cents. */
export type Unsettled<Context extends readonly unknown[]> =
  | "settle"
  | "release"
  | ((...context: Context) => "settle" | "release" | number);

/**
 * The ending for an answer of this status. By default work that was answered is paid, and a fault is not.
 *
 * A function that throws or gives nonsense counts as `"settle"`, with a notice: work is never unpaid by mistake.
 *
 * @example
 * ```ts
 * endingOf(ak, undefined, 503, []); // "release"
 * ```
 */
export function endingOf<Context extends readonly unknown[]>(
  ak: GuardedRows,
  unsettled: Unsettled<Context> | undefined,
  status: number,
  context: Context,
): Ending {
  if (unsettled === undefined) return status < 500 ? "settle" : "release";
  if (typeof unsettled !== "function") return unsettled;
  let trouble = "it gave neither settle, release nor an amount from 0";
  try {
    const ending = unsettled(...context);
    if (ending === "settle" || ending === "release" || (Number.isFinite(ending) && ending >= 0)) return ending;
    // One that is asynchronous against its type is not waited for; its rejection must not end the process.
    Promise.resolve(ending as unknown).catch(() => undefined);
  } catch (fault) {
    trouble = faultText(fault);
  }
  ak.notice?.("unsettled_failed", `\`unsettled\` did not decide, so the reserved amount is settled: ${trouble}`);
  return "settle";
}

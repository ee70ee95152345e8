/** Brings a row's budget to what Clerk's latest answer says it should be. */
import type { BudgetChange } from "../agent-key/types.js";
import { callBack } from "./callback.js";
import type { ClerkDoorOptions } from "./door-options.js";
import { SharedWork } from "./shared-work.js";
import type { VerifiedCredential } from "./types.js";

/**
 * Asks `syncBudget` once for every answer of Clerk's and sets what differs.
 *
 * An answer that was kept is one answer, however many requests it serves. Where setting fails, the next
 * request tries again.
 *
 * @example
 * ```ts
 * const sync = new BudgetSync(options);
 * await sync.apply("user_1", verified);
 * ```
 */
export class BudgetSync<Verified extends VerifiedCredential> {
  readonly #options: ClerkDoorOptions<Verified>;
  readonly #plans = new WeakMap<Verified, { readonly change: BudgetChange | undefined }>();
  readonly #applying = new SharedWork<Verified, void>();
  /** The answers themselves, so that what was done is forgotten together with them. */
  readonly #applied = new WeakSet<Verified>();

  /** @param options whose `syncBudget` tells the budget */
  constructor(options: ClerkDoorOptions<Verified>) {
    this.#options = options;
  }

  /** Resolves when the row of the subject has the budget that this answer asks for, or is not there yet. */
  apply(subject: string, verified: Verified): Promise<void> | undefined {
    if (this.#options.syncBudget === undefined || this.#applied.has(verified)) return undefined;
    return this.#applying.run(verified, async () => {
      await this.#apply(subject, verified);
      this.#applied.add(verified);
    });
  }

  /** What this answer asks for; it is asked once, unless it throws. */
  async planOf(verified: Verified): Promise<BudgetChange | undefined> {
    const known = this.#plans.get(verified);
    if (known !== undefined) return known.change;
    const change = (await callBack("syncBudget", () => this.#options.syncBudget?.(verified))) ?? undefined;
    this.#plans.set(verified, { change });
    return change;
  }

  async #apply(subject: string, verified: Verified): Promise<void> {
    const { ak } = this.#options;
    const wanted = await this.planOf(verified);
    if (wanted === undefined) return;
    const found = await ak.validateBySubject(subject);
    // A row that is not there yet is made with this budget; one that is no good needs none.
    if (!found.valid && found.reason !== "budget_exceeded") return;
    const chain = await ak.budgets?.({ subject });
    const own = chain?.at(-1);
    if (own !== undefined && hasBudget({ budgetCents: own.limitCents, budgetPeriod: own.period }, wanted)) return;
    await ak.setBudget?.({ subject }, wanted);
  }
}

/** Whether everything that the change names is so already; what a listing does not tell is set again. */
function hasBudget(own: BudgetChange, wanted: BudgetChange): boolean {
  return Object.entries(wanted).every(
    ([member, value]) => value === undefined || own[member as keyof BudgetChange] === value,
  );
}

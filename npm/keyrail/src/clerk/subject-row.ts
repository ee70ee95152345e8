/** The row that a verified subject counts on: looked up, and made when the subject is first seen. */
import type { Ref, SubjectOptions } from "../agent-key/types.js";
import type { ClerkDoorOptions, ClerkKeys, ClerkParent } from "./door-options.js";
import type { VerifiedCredential } from "./types.js";

const UNBOUNDED =
  'a subject that was not known got a row without a cap; pass `defaults`, `onFirstSeen` or `unknownSubject: "deny"`';

/**
 * Makes the rows of subjects that are first seen, once for all who ask at the same time.
 *
 * @example
 * ```ts
 * const rows = new SubjectRows(options);
 * await rows.ensure("user_1", verified); // false where `unknownSubject` is "deny"
 * ```
 */
export class SubjectRows<Verified extends VerifiedCredential> {
  readonly #options: ClerkDoorOptions<Verified>;
  readonly #running = new Map<string, Promise<void>>();

  /** @param options whose `defaults`, `onFirstSeen`, `parent` and `syncBudget` say what a new row gets */
  constructor(options: ClerkDoorOptions<Verified>) {
    this.#options = options;
  }

  /**
   * Sees to it that there is a row.
   *
   * @returns whether there may be one
   */
  async ensure(subject: string, verified: Verified): Promise<boolean> {
    if (this.#options.unknownSubject === "deny") return false;
    let making = this.#running.get(subject);
    if (making === undefined) {
      making = this.#make(subject, verified).finally(() => this.#running.delete(subject));
      this.#running.set(subject, making);
    }
    await making;
    return true;
  }

  async #make(subject: string, verified: Verified): Promise<void> {
    const { ak, defaults, onFirstSeen, parent, syncBudget } = this.#options;
    const grant = (await onFirstSeen?.(verified)) ?? defaults ?? {};
    const planned = definedOnly(await syncBudget?.(verified));
    const above = grant.parent ?? (await parentRef(ak, await parent?.(verified)));
    await ak.ensureSubject(subject, { ...grant, ...planned, ...(above === undefined ? {} : { parent: above }) });
    const isMeant = defaults !== undefined || onFirstSeen !== undefined || planned.budgetCents !== undefined;
    if (!isMeant) ak.notice?.("unbounded_subject", UNBOUNDED);
  }
}

/** The row above, made from the root down where its subjects are not known yet. */
async function parentRef(ak: ClerkKeys, above: ClerkParent | undefined): Promise<Ref | undefined> {
  if (above === undefined || !("subject" in above)) return above;
  const { subject, parent, ...grant } = above as { readonly subject: string; readonly parent?: ClerkParent };
  const found = await ak.validateBySubject(subject);
  if (!found.valid && found.reason === "invalid") {
    const next = await parentRef(ak, parent);
    await ak.ensureSubject(subject, next === undefined ? grant : { ...grant, parent: next });
    if ((grant as SubjectOptions).budgetCents === undefined) ak.notice?.("unbounded_subject", UNBOUNDED);
  }
  return { subject };
}

/** A change as options of a new row, where a member that says nothing must not hide one that does. */
function definedOnly(change: SubjectOptions | undefined): SubjectOptions {
  return Object.fromEntries(Object.entries(change ?? {}).filter(([, value]) => value !== undefined));
}

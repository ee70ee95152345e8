/** The row that a verified subject counts on: made, when the subject is first seen. */
import type { Ref, SubjectOptions } from "../agent-key/types.js";
import { KeyrailError } from "../errors.js";
import type { RefusedKey } from "../guard/index.js";
import { BoundedMap } from "./bounded-map.js";
import type { BudgetSync } from "./budget-sync.js";
import { callBack } from "./callback.js";
import type { ClerkDoorOptions, ClerkKeys, ClerkParent, ParentSubject } from "./door-options.js";
import { SharedWork } from "./shared-work.js";
import type { VerifiedCredential } from "./types.js";

const UNBOUNDED =
  'a subject that was not known got a row without a cap; pass `defaults`, `onFirstSeen` or `unknownSubject: "deny"`';
/** Enough for all that are asked about at once; one that is forgotten is only asked for anew. */
const MADE_MAX = 1_000;
const UNKNOWN: RefusedKey = { valid: false, reason: "unknown_subject" };

/** Why a row may have none below it, and what those are told who are below it already. */
const BELOW_REFUSED: ReadonlyMap<unknown, string> = new Map([
  ["revoked", "ancestor_revoked"],
  ["ancestor_revoked", "ancestor_revoked"],
  ["expired", "ancestor_expired"],
  ["ancestor_expired", "ancestor_expired"],
]);

/**
 * Makes the rows of subjects that are first seen, once for all who ask at the same time.
 *
 * @example
 * ```ts
 * const rows = new SubjectRows(options, new BudgetSync(options));
 * const { turn } = rows;
 * const found = await ak.validateBySubject("user_1");
 * if (found.reason === "invalid") await rows.ensure("user_1", verified, turn); // undefined: there is one now
 * ```
 */
export class SubjectRows<Verified extends VerifiedCredential> {
  readonly #options: ClerkDoorOptions<Verified>;
  readonly #sync: BudgetSync<Verified>;
  readonly #making = new SharedWork<string, RefusedKey | undefined>();
  /** The turn in which each row was made. */
  readonly #made = new BoundedMap<string, number>(MADE_MAX);
  #turn = 0;

  /**
   * @param options whose `defaults`, `onFirstSeen` and `parent` say what a new row gets
   * @param sync which tells its budget by Clerk's latest answer
   */
  constructor(options: ClerkDoorOptions<Verified>, sync: BudgetSync<Verified>) {
    this.#options = options;
    this.#sync = sync;
  }

  /** Grows with every row that is made. Who looks for a row notes it first: the row may come while he looks. */
  get turn(): number {
    return this.#turn;
  }

  /**
   * Sees to it that there is a row.
   *
   * @param turn the turn before somebody looked and found none
   * @returns nothing where there is one now, else why there may be none
   */
  async ensure(subject: string, verified: Verified, turn: number): Promise<RefusedKey | undefined> {
    if (this.#options.unknownSubject === "deny") return UNKNOWN;
    if ((this.#made.get(subject) ?? 0) > turn) return undefined;
    return this.#making.run(subject, () => this.#make(subject, verified));
  }

  async #make(subject: string, verified: Verified): Promise<RefusedKey | undefined> {
    const { ak, defaults, onFirstSeen, parent } = this.#options;
    const grant = (await callBack("onFirstSeen", () => onFirstSeen?.(verified))) ?? defaults ?? {};
    const planned = definedOnly(await this.#sync.planOf(verified));
    const named = async () => rowAbove(ak, await callBack("parent", () => parent?.(verified)), [subject]);
    const above = grant.parent ?? (await named());
    const refused = await mint(ak, subject, { ...grant, ...planned }, above);
    if (refused !== undefined) return refused;
    this.#turn += 1;
    this.#made.set(subject, this.#turn);
    const isMeant = defaults !== undefined || onFirstSeen !== undefined || planned.budgetCents !== undefined;
    if (!isMeant) ak.notice?.("unbounded_subject", UNBOUNDED);
    return undefined;
  }
}

/**
 * The row above, made from the root down where its subjects are not known yet.
 *
 * @param below the subjects below it: a row above itself would be made twice, the first time without a cap
 */
async function rowAbove(
  ak: ClerkKeys,
  above: ClerkParent | null | undefined,
  below: readonly [string, ...string[]],
): Promise<Ref | RefusedKey | undefined> {
  if (above === undefined || above === null) return undefined;
  if (!("subject" in above)) return above;
  const { subject, parent, ...grant } = above as ParentSubject;
  // Who is in no organisation may be named as his own.
  if (subject === below[0] && below.length === 1) return undefined;
  if (below.includes(subject)) {
    throw new KeyrailError("parent_cycle", "`parent` names a subject above itself; name each one once");
  }
  const found = await ak.validateBySubject(subject);
  if (found.valid || found.reason !== "invalid") return { subject };
  const next = await rowAbove(ak, parent, [...below, subject]);
  const refused = await mint(ak, subject, grant, next);
  if (refused !== undefined) return refused;
  if (grant.budgetCents === undefined) ak.notice?.("unbounded_subject", UNBOUNDED);
  return { subject };
}

/** Makes a row below another one, or tells why that one allows none. */
async function mint(
  ak: ClerkKeys,
  subject: string,
  grant: SubjectOptions,
  above: Ref | RefusedKey | undefined,
): Promise<RefusedKey | undefined> {
  if (above !== undefined && "valid" in above) return above;
  try {
    await ak.ensureSubject(subject, above === undefined ? grant : { ...grant, parent: above });
    return undefined;
  } catch (fault) {
    const reason = above === undefined ? undefined : BELOW_REFUSED.get((fault as { code?: unknown } | null)?.code);
    if (reason === undefined) throw fault;
    return { valid: false, reason };
  }
}

/** A change as options of a new row, where a member that says nothing must not hide one that does. */
function definedOnly(change: SubjectOptions | undefined): SubjectOptions {
  return Object.fromEntries(Object.entries(change ?? {}).filter(([, value]) => value !== undefined));
}

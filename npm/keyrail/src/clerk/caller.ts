/** A caller whom Clerk vouches for, and whose budget is kept here. */
import type { Ref, ReserveOptions, ReserveResult, ValidKey } from "../agent-key/types.js";
import type { AdmittedKey, Caller, RefusedKey } from "../guard/index.js";
import type { BudgetSync } from "./budget-sync.js";
import type { ClerkKeys } from "./door-options.js";
import type { SubjectRows } from "./subject-row.js";
import type { VerifiedCredential } from "./types.js";

/** What the callers of one door share. */
export interface CallerRows<Verified extends VerifiedCredential> {
  readonly ak: ClerkKeys;
  readonly rows: SubjectRows<Verified>;
  readonly sync: BudgetSync<Verified>;
}

/** A question that needs the subject's row. */
interface RowQuestion<Found> {
  readonly ask: () => Promise<Found>;
  /** Whether there is no such row. */
  readonly isUnknown: (found: Found) => boolean;
  /** The answer where there may be none. */
  readonly without: (found: Found, refused: RefusedKey) => Found;
}

/** One verified caller of one request. */
export class ClerkCaller<Verified extends VerifiedCredential> implements Caller {
  readonly known: Readonly<Record<string, unknown>>;
  readonly ref: Ref;
  readonly #shared: CallerRows<Verified>;
  readonly #subject: string;
  readonly #verified: Verified;

  /**
   * @param shared what the callers of the door share
   * @param subject the subject of the row that it counts on
   * @param verified what Clerk says about it
   * @param known what its handler is told
   */
  constructor(
    shared: CallerRows<Verified>,
    subject: string,
    verified: Verified,
    known: Readonly<Record<string, unknown>>,
  ) {
    this.#shared = shared;
    this.#subject = subject;
    this.#verified = verified;
    this.known = known;
    this.ref = { subject };
  }

  /** As `validateBySubject`; a subject that is not known gets its row first, or `unknown_subject`. */
  validate(): Promise<ValidKey | RefusedKey> {
    const { ak } = this.#shared;
    return this.#withRow({
      ask: () => ak.validateBySubject(this.#subject),
      isUnknown: (found) => !found.valid && found.reason === "invalid",
      without: (_found, refused) => refused,
    });
  }

  /** As `reserveBySubject`, with the same care for a subject that is not known. */
  async reserve(options: ReserveOptions): Promise<ReserveResult> {
    const { ak } = this.#shared;
    if (ak.reserveBySubject === undefined) throw new TypeError("the keys cannot hold");
    const reserve = ak.reserveBySubject.bind(ak, this.#subject, options);
    return this.#withRow({
      ask: reserve,
      isUnknown: (reserved) => !reserved.success && reserved.reason === "invalid",
      without: (reserved) => reserved,
    });
  }

  /** Both in one, with the same care; undefined where the keys know only the two. */
  admit(options: ReserveOptions): Promise<AdmittedKey> | undefined {
    const { ak } = this.#shared;
    if (ak.admitBySubject === undefined) return undefined;
    const admit = ak.admitBySubject.bind(ak, this.#subject, options);
    return this.#withRow({
      ask: admit,
      isUnknown: ({ validation }) => !validation.valid && validation.reason === "invalid",
      without: ({ reserved }, validation) => ({ validation, reserved }),
    });
  }

  /** Asks, and once more where the subject's row had to be made first. */
  async #withRow<Found>({ ask, isUnknown, without }: RowQuestion<Found>): Promise<Found> {
    const { rows, sync } = this.#shared;
    await sync.apply(this.#subject, this.#verified);
    const { turn } = rows;
    const found = await ask();
    if (!isUnknown(found)) return found;
    const refused = await rows.ensure(this.#subject, this.#verified, turn);
    return refused === undefined ? ask() : without(found, refused);
  }
}

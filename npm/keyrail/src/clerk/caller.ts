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
  async validate(): Promise<ValidKey | RefusedKey> {
    const { ak, rows, sync } = this.#shared;
    await sync.apply(this.#subject, this.#verified);
    const { turn } = rows;
    const found = await ak.validateBySubject(this.#subject);
    if (found.valid || found.reason !== "invalid") return found;
    const refused = await rows.ensure(this.#subject, this.#verified, turn);
    return refused ?? ak.validateBySubject(this.#subject);
  }

  /** As `reserveBySubject`, with the same care for a subject that is not known. */
  async reserve(options: ReserveOptions): Promise<ReserveResult> {
    const { ak, rows, sync } = this.#shared;
    if (ak.reserveBySubject === undefined) throw new TypeError("the keys cannot hold");
    await sync.apply(this.#subject, this.#verified);
    const { turn } = rows;
    const reserved = await ak.reserveBySubject(this.#subject, options);
    if (reserved.success || reserved.reason !== "invalid") return reserved;
    const refused = await rows.ensure(this.#subject, this.#verified, turn);
    return refused === undefined ? ak.reserveBySubject(this.#subject, options) : reserved;
  }

  /** Both in one, with the same care; undefined where the keys know only the two. */
  admit(options: ReserveOptions): Promise<AdmittedKey> | undefined {
    return this.#shared.ak.admitBySubject === undefined ? undefined : this.#admit(options);
  }

  async #admit(options: ReserveOptions): Promise<AdmittedKey> {
    const { ak, rows, sync } = this.#shared;
    if (ak.admitBySubject === undefined) throw new TypeError("the keys cannot hold");
    await sync.apply(this.#subject, this.#verified);
    const { turn } = rows;
    const admitted = await ak.admitBySubject(this.#subject, options);
    const { validation, reserved } = admitted;
    if (validation.valid || validation.reason !== "invalid") return admitted;
    const refused = await rows.ensure(this.#subject, this.#verified, turn);
    return refused === undefined ? ak.admitBySubject(this.#subject, options) : { validation: refused, reserved };
  }
}

/** A request on its way to an answer. */
import type { EntryRow, Version } from "../store/contract.js";
import type { Answer, Request } from "./request.js";

/** A request that waits for its answer. */
export class Pending {
  readonly request: Request;
  /** The id that its entry carries, by which it is found after a commit of unknown outcome. */
  readonly command: string;
  /** The loop's tick at its arrival: a denial needs rows whose read began later. */
  readonly arrivedAt: number;
  readonly #resolve: (answer: Answer) => void;
  readonly #reject: (fault: unknown) => void;
  readonly #left: () => void;
  /** The tree in whose queue it is; it may turn out to be of another. */
  tree: number | null = null;
  /** Whether its caller has the answer or the fault, or will have it in a moment. */
  isAnswered = false;
  /** The answer decided last; true once what it rests on is committed or confirmed. */
  answer: Answer = { tag: "unknown" };
  /** Whether that decision appended an entry. */
  wrote = false;
  /** Its rows must be read before it is decided (again). */
  mustRead = false;
  /** A commit with its entry threw: it may be there, or may still come. */
  uncertain = false;
  /**
   * The version that the root had, here, when a look-up began that did not find its entry. Whoever
   * adds an entry changes the root, so a commit on this very version cannot add the entry twice.
   */
  absentAt: Version | null = null;
  /** The entry that answers it: of its idempotency key, or its own after an unknown outcome. */
  prior: EntryRow | null = null;
  /** Whether `prior` is its own entry. */
  isOwn = false;
  /** Whether the hold of `prior` no longer exists. */
  isHoldGone = false;
  /** Whether somebody has deleted the node that its own entry says it made. */
  isNodeGone = false;
  /** An answer that needs no decision any more: a mint whose subject is taken, a use not noted. */
  done: Answer | null = null;
  /** As `absentAt`, of a look-up for the entry of its idempotency key. */
  keyAbsentAt: Version | null = null;

  constructor(
    request: Request,
    command: string,
    arrivedAt: number,
    resolve: (answer: Answer) => void,
    reject: (fault: unknown) => void,
    left: () => void,
  ) {
    this.request = request;
    this.command = command;
    this.arrivedAt = arrivedAt;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#left = left;
  }

  /** Gives the caller the answer, once: a fault of its batch may still come to an answered request. */
  resolve(answer: Answer): void {
    if (this.keep(answer)) this.deliver();
  }

  /** Keeps the answer that the caller will be given by `deliver`. False: it has one. */
  keep(answer: Answer): boolean {
    if (this.isAnswered) return false;
    this.isAnswered = true;
    this.answer = answer;
    return true;
  }

  /** Gives the caller the answer that was kept. */
  deliver(): void {
    this.#left();
    this.#resolve(this.answer);
  }

  /** Fails the request, unless it is answered. */
  reject(fault: unknown): void {
    if (this.isAnswered) return;
    this.isAnswered = true;
    this.#left();
    this.#reject(fault);
  }

  /** Whether it can never write: then cached rows are of no use. */
  get isRead(): boolean {
    return this.request.kind === "validate" || this.request.kind === "budgets";
  }

  /** The idempotency key, if it has one. */
  get idempotency(): { readonly method: "charge" | "reserve"; readonly key: string } | null {
    const request = this.request;
    if (request.kind !== "charge" && request.kind !== "reserve") return null;
    return request.idempotencyKey === null ? null : { method: request.kind, key: request.idempotencyKey };
  }
}

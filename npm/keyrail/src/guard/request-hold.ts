/** One request's money: kept while the answer is open, and settled or released once it has ended. */
import type { Hold, Metadata, ReleaseResult, SettleResult } from "../agent-key/types.js";
import { faultText, type HoldingRows, timeOf } from "./guarded-keys.js";

/** What the handler sees of its hold. */
export interface RequestHold {
  /** Opaque; any process may settle by it. */
  readonly id: string;
  /** The cents that are held. */
  readonly costCents: number;
  /** When it ends unless it is extended, as an ISO string. */
  readonly expiresAt: string;
  /** Charges what the work has cost, from 0 cents, and frees the rest. Repeating it gives the first answer. */
  settle(costCents: number, options?: { readonly metadata?: Metadata }): Promise<SettleResult>;
  /** Frees all of it: nothing was spent. */
  release(): Promise<ReleaseResult>;
}

/** What to do with a hold that its handler left open: `keep` lets it expire; a number is settled. */
export type Ending = "settle" | "release" | "keep" | number;

/** A call on the hold and whether it left the hold ended. */
type Act = () => Promise<SettleResult | ReleaseResult>;

/** A third of the time left, so that two extends may fail before the hold ends. */
const EXTEND_AT_FRACTION = 1 / 3;
const EXTEND_AFTER_MS_MIN = 250;
const EXTEND_AFTER_FAULT_MS = 1_000;
/** Longer times are cut to whole steps. */
const EXTEND_STEP_MS = 1_000;
/** A timer takes no more than 2³¹ − 1 ms. */
const EXTEND_AFTER_MS_MAX = 2_000_000_000;
/** Refusals of an extend that stay. */
const LOST = new Set(["hold_expired", "hold_settled", "hold_not_found"]);
/**
 * How long to wait before each further attempt to record what the request has cost: a database that
 * fails over is away for up to a minute, and the work is done.
 */
const RETRY_AFTER_MS = [100, 1_000, 5_000, 15_000, 60_000];

/**
 * Keeps one hold alive until it is ended, and ends it.
 *
 * INVARIANT (one decision): what the handler decides stands; the ending applies only to a hold that no
 * call has settled or released.
 *
 * @example
 * ```ts
 * const keeper = new HoldKeeper(ak, decision.hold, "5m");
 * await work(keeper.hold); // calls keeper.hold.settle(12)
 * await keeper.end("settle");
 * ```
 */
export class HoldKeeper {
  /** The handler's side. */
  readonly hold: RequestHold;
  readonly #ak: HoldingRows;
  readonly #id: string;
  readonly #ttl: string | number | undefined;
  /** How many of the handler's calls have no answer yet. */
  #running = 0;
  /** Told when there are none any more, by whoever waits for that. */
  #onIdle: (() => void) | undefined;
  #expiresAt: string;
  /** The handler's last call, while it has not succeeded. */
  #unfinished: Act | undefined;
  #decided = false;
  #stopped = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** Of what a notice has told. Hardly any hold needs it. */
  #told: Set<string> | undefined;

  /**
   * @param ak the keys that the hold is of
   * @param hold what `reserve` gave
   * @param ttl how long each extend lasts; nothing is the keys' own default
   */
  constructor(ak: HoldingRows, hold: Hold, ttl: string | number | undefined) {
    this.#ak = ak;
    this.#id = hold.id;
    this.#ttl = ttl;
    this.#expiresAt = hold.expiresAt;
    const expiresAt = (): string => this.#expiresAt;
    this.hold = {
      id: hold.id,
      costCents: hold.costCents,
      get expiresAt() {
        return expiresAt();
      },
      settle: (costCents, options) => this.#handlerCalls(() => ak.settle(hold.id, { costCents, ...options })),
      release: () => this.#handlerCalls(() => ak.release(hold.id)),
    };
    this.#extendLater();
  }

  /** Whether a call has settled or released it. */
  get isDecided(): boolean {
    return this.#decided;
  }

  /** From here on only time and `end` decide: nobody waits for the answer, so far as is known. */
  stopExtending(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  /** Somebody does wait for the answer: takes `stopExtending` back. */
  extendAgain(): void {
    this.#stopped = false;
    if (!this.#decided) this.#extendLater();
  }

  /**
   * Stops extending and, once the handler's calls in flight are answered, ends a hold that is still open.
   * It never rejects; a hold that cannot be ended is told by a notice, and expires.
   */
  async end(ending: Ending): Promise<void> {
    this.stopExtending();
    while (this.#running > 0) await this.#idle();
    if (this.#decided) return;
    const act = this.#unfinished ?? this.#actOf(ending);
    if (act !== undefined) await this.#insist(act);
  }

  #idle(): Promise<void> {
    const others = this.#onIdle;
    return new Promise((resolve) => {
      this.#onIdle = () => {
        others?.();
        resolve();
      };
    });
  }

  #actOf(ending: Ending): Act | undefined {
    switch (ending) {
      case "keep":
        return undefined;
      case "release":
        return () => this.#ak.release(this.#id);
      case "settle":
        return () => this.#ak.settle(this.#id, { costCents: this.hold.costCents });
      default:
        return () => this.#ak.settle(this.#id, { costCents: ending });
    }
  }

  #handlerCalls<Result extends SettleResult | ReleaseResult>(act: () => Promise<Result>): Promise<Result> {
    const call = this.#handlerCall(act);
    this.#running += 1;
    // A handler that does not wait for its call must not end the process when it fails.
    call.then(this.#ended, this.#ended);
    return call;
  }

  readonly #ended = (): void => {
    this.#running -= 1;
    // Not before whoever waits for the call itself goes on: it may call again, and what it says stands.
    if (this.#running === 0 && this.#onIdle !== undefined) queueMicrotask(this.#onIdle);
  };

  async #handlerCall<Result extends SettleResult | ReleaseResult>(act: () => Promise<Result>): Promise<Result> {
    try {
      const result = await act();
      // An amount that was refused is not worth repeating.
      if (this.#isDecidedBy(result)) this.#unfinished = undefined;
      return result;
    } catch (fault) {
      this.#unfinished = act;
      throw fault;
    }
  }

  /** Notes whether a call left the hold ended. */
  #isDecidedBy(result: SettleResult | ReleaseResult): boolean {
    if (!result.success && !isSettledAlready(result)) return false;
    this.#decided = true;
    clearTimeout(this.#timer);
    return true;
  }

  /** Repeats what threw: on a settled or released hold the same call gives the first answer. */
  async #insist(act: Act): Promise<void> {
    for (const pause of [...RETRY_AFTER_MS, undefined]) {
      try {
        const result = await act();
        this.#isDecidedBy(result);
        if (!this.#decided && !result.success) this.#tell("hold_unsettled", result.reason);
        return;
      } catch (fault) {
        if (pause === undefined) return this.#tell("hold_unsettled", faultText(fault));
        await new Promise((resolve) => setTimeout(resolve, pause));
      }
    }
  }

  #extendLater(afterMsMin = EXTEND_AFTER_MS_MIN): void {
    const left = Date.parse(this.#expiresAt) - timeOf(this.#ak);
    const exact = Math.min(Math.max(left * EXTEND_AT_FRACTION, afterMsMin), EXTEND_AFTER_MS_MAX);
    // Node keeps a list for each length of time: holds of one second share one.
    const pause = exact < 2 * EXTEND_STEP_MS ? exact : exact - (exact % EXTEND_STEP_MS);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#extend(), pause);
    // An open answer keeps the process alive by itself.
    this.#timer.unref?.();
  }

  async #extend(): Promise<void> {
    // A call of the handler in flight is about to end the hold.
    if (this.#running > 0) return this.#extendLater();
    const trouble = await this.#extendOnce();
    if (this.#decided || this.#stopped) return;
    if (trouble === undefined) return this.#extendLater();
    this.#tell("hold_not_extended", trouble);
    // Nothing brings an ended hold back; what the handler settles is still charged.
    if (!LOST.has(trouble)) this.#extendLater(EXTEND_AFTER_FAULT_MS);
  }

  async #extendOnce(): Promise<string | undefined> {
    try {
      const result = await this.#ak.extend(this.#id, this.#ttl === undefined ? {} : { ttl: this.#ttl });
      if (!result.success) return result.reason;
      this.#expiresAt = result.hold.expiresAt;
      return undefined;
    } catch (fault) {
      return faultText(fault);
    }
  }

  /** Once per hold and kind: a store that is down for long is not news every second. */
  #tell(code: "hold_unsettled" | "hold_not_extended", trouble: string): void {
    this.#told ??= new Set();
    if (this.#told.has(code)) return;
    this.#told.add(code);
    this.#ak.notice?.(code, `hold ${this.#id} will end at ${this.#expiresAt} by itself: ${trouble}`);
  }
}

function isSettledAlready(result: SettleResult | ReleaseResult): boolean {
  return !result.success && result.reason === "hold_settled";
}

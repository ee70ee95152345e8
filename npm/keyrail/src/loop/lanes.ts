/** The ways to the store: everything that is ready together goes in one call. */
import { KeyrailError } from "../errors.js";
import type { Commit, CommitResult, ListQuery, Page, Ref, Store, Stored } from "../store/contract.js";
import type { Environment } from "./environment.js";
import type { LoopClock } from "./loop-clock.js";

/** Rows as they were at some instant after `asOf`. */
export interface ReadResult {
  readonly rows: readonly Stored[];
  /** The loop's tick at which the read began. */
  readonly asOf: number;
}

/** What became of a commit that began at `asOf`. */
export interface CommitOutcome {
  readonly result: CommitResult;
  readonly asOf: number;
}

/** Faults of the store in a row before what was asked fails. */
export const FAULTS_MAX = 5;
/** How long something is tried again, in ms: whoever asked wants to know sooner than any number of tries. */
export const TRYING_MS_MAX = 15_000;
/** How long a call may take: after it its outcome is unknown, as after a fault. */
const CALL_MS_MAX = 10_000;
/**
 * How many calls of one kind may be under way; what comes meanwhile goes together in the next. Requests come in
 * one by one, and a call for each costs a store far more than a call for many.
 */
const CALLS_MAX = 2;
/** How many calls may be under way that carry one item each, and so gain nothing by waiting. */
const CALLS_ALONE_MAX = 4;
/** The most items of one call: a call of thousands would make every one of them wait for the last. */
const ITEMS_MAX = 256;

/** Whether a store said itself what is wrong: then nothing was written, and a repetition would not help. */
export function isDefinite(fault: unknown): fault is KeyrailError {
  return fault instanceof KeyrailError && fault.code !== "store_unavailable";
}

/** One kind of call: items wait, a call takes as many as it may. */
class Lane<Item, Result> {
  readonly #call: (items: readonly Item[]) => Promise<readonly Result[]>;
  readonly #itemsMax: number;
  readonly #callsMax: number;
  #waiting: { item: Item; resolve: (result: Result) => void; reject: (fault: unknown) => void }[] = [];
  #calls = 0;
  #isScheduled = false;

  constructor(
    call: (items: readonly Item[]) => Promise<readonly Result[]>,
    itemsMax = ITEMS_MAX,
    callsMax = CALLS_MAX,
  ) {
    this.#call = call;
    this.#itemsMax = itemsMax;
    this.#callsMax = callsMax;
  }

  send(item: Item): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ item, resolve, reject });
      this.#schedule();
    });
  }

  #schedule(): void {
    if (this.#isScheduled || this.#calls >= this.#callsMax || this.#waiting.length === 0) return;
    this.#isScheduled = true;
    queueMicrotask(() => {
      this.#isScheduled = false;
      void this.#flush();
    });
  }

  async #flush(): Promise<void> {
    const batch = this.#waiting.splice(0, this.#itemsMax);
    this.#calls += 1;
    this.#schedule();
    try {
      const results = await this.#call(batch.map((one) => one.item));
      batch.forEach((one, index) => {
        const result = results[index];
        if (result === undefined) one.reject(shortAnswer());
        else one.resolve(result);
      });
    } catch (fault) {
      for (const one of batch) one.reject(fault);
    } finally {
      this.#calls -= 1;
      this.#schedule();
    }
  }
}

/** An answer, or a fault if it takes too long: a pool without a free connection may never answer. */
function inTime<T>(environment: Environment, answer: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const late = (): void => reject(new Error(`the store did not answer within ${CALL_MS_MAX} ms`));
    const cancel = environment.after(CALL_MS_MAX, late);
    answer.then(resolve, reject).finally(cancel);
  });
}

function shortAnswer(): KeyrailError {
  return new KeyrailError("store_unavailable", "the store answered fewer items than it was asked; check its adapter");
}

/** Reads, commits and ids of one store. */
export class Lanes {
  readonly #reads: Lane<readonly Ref[], ReadResult[]>;
  readonly #commits: Lane<Commit, CommitOutcome>;
  readonly #commitsAlone: Lane<Commit, CommitOutcome>;
  readonly #ids: Lane<null, number>;
  readonly #list: Store["list"];
  #commitCount = 0;
  #commitMs = 0;

  constructor(store: Store, environment: Environment, clock: LoopClock, nextTick: () => number) {
    this.#reads = new Lane(async (asks) => {
      const asOf = nextTick();
      const { chains, storeNow } = await inTime(environment, store.read(asks.flat()));
      clock.compare(storeNow);
      let next = 0;
      return asks.map((refs) => {
        const part = chains.slice(next, next + refs.length);
        next += refs.length;
        if (part.length < refs.length) throw shortAnswer();
        return part.map((rows) => ({ rows, asOf }));
      });
    });
    const commit = async (commits: readonly Commit[]): Promise<CommitOutcome[]> => {
      const asOf = nextTick();
      const began = environment.elapsed();
      const { results, storeNow } = await inTime(environment, store.commit(commits));
      clock.compare(storeNow);
      this.#commitMs += environment.elapsed() - began;
      this.#commitCount += 1;
      return results.map((result) => ({ result, asOf }));
    };
    this.#commits = new Lane(commit);
    this.#commitsAlone = new Lane(commit, 1, CALLS_ALONE_MAX);
    this.#list = async (query, page) => inTime(environment, store.list(query, page));
    this.#ids = new Lane((asks) => inTime(environment, store.allocate(asks.length)));
  }

  read(refs: readonly Ref[]): Promise<readonly ReadResult[]> {
    return this.#reads.send(refs);
  }

  /** A commit that adds a node may have to wait for another's transaction, so it goes alone. */
  commit(commit: Commit, addsNode: boolean): Promise<CommitOutcome> {
    return (addsNode ? this.#commitsAlone : this.#commits).send(commit);
  }

  /** A part of a listing. */
  list(query: ListQuery, page: { readonly cursor: string | null; readonly limit: number }): Promise<Page> {
    return this.#list(query, page);
  }

  /** A fresh node id. */
  allocate(): Promise<number> {
    return this.#ids.send(null);
  }

  /** The mean time of a commit call, in ms. */
  get commitLatencyMs(): number | null {
    return this.#commitCount === 0 ? null : this.#commitMs / this.#commitCount;
  }
}

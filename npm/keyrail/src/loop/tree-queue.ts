/**
 * The requests of one tree, batch after batch: decide, commit, answer.
 *
 * While a commit is in flight later requests wait; together they make the next. Nothing is answered
 * before what it rests on is committed, and an answer that writes nothing is given only from rows
 * whose read (or confirming commit) began after the request arrived.
 */
import { KeyrailError } from "../errors.js";
import type { Stored } from "../store/contract.js";
import { isWhole } from "./chain-rows.js";
import type { Core } from "./core.js";
import { nodeOf } from "./decide.js";
import { type DecidedBatch, decideBatch } from "./decide-batch.js";
import type { Environment } from "./environment.js";
import { type Ask, askOf, isFresh, needsRead } from "./freshness.js";
import { FAULTS_MAX, isDefinite, type Lanes, type ReadResult, TRYING_MS_MAX } from "./lanes.js";
import type { LoopClock } from "./loop-clock.js";
import type { Pending } from "./pending.js";
import { takeClash, takeEntry } from "./priors.js";
import type { Answer, Request } from "./request.js";
import type { Residents } from "./residents.js";
import { WriteSet } from "./write-set.js";

/** The most requests that one commit carries. */
const BATCH_MAX = 512;
/**
 * Refused commits in a row before the requests fail, if time has not ended the tries before: a program
 * that knows no claims and writes a row without a pause lets through one commit in dozens.
 */
const REFUSALS_MAX = 2_000;
/** Refused commits in a row after which the tree is kept for this process, for a moment. */
const CLAIM_AFTER = 6;
/** The longest pause between two tries, in ms. */
const PAUSE_MAX_MS = 50;

/** What a queue works with. */
export interface QueueContext {
  /** Replaced after a fault inside it: whoever waited in between looks again. */
  core: Core;
  /** Goes on with a new core. */
  readonly recover: (fault: unknown) => void;
  readonly lanes: Lanes;
  readonly environment: Environment;
  readonly clock: LoopClock;
  /** A request of the loop's own, which nobody waits for. */
  readonly ownRequest: (request: Request) => Pending;
  /** Sends a request on whose node turned out to be in another tree. */
  readonly reroute: (pending: Pending, rows: ReadResult) => void;
  readonly retried: () => void;
  readonly broken: (rows: readonly Stored[]) => void;
}

/** One tree's requests. */
export class TreeQueue {
  readonly tree: number;
  readonly #context: QueueContext;
  #waiting: Pending[] = [];
  #loads: ReadResult[] = [];
  /**
   * Answers of the last batch. What callers do with them keeps this thread busy, so the store gets the next batch
   * before they go out, and nothing that waits for the store or for time begins while they are here.
   */
  #answered: Pending[] = [];
  #isRunning = false;
  #faults = 0;
  #refusals = 0;
  /** When the batch under way was begun, by `elapsed`. */
  #began = 0;
  /** The loop's tick at which its last request arrived. */
  usedAt = 0;

  constructor(tree: number, context: QueueContext) {
    this.tree = tree;
    this.#context = context;
  }

  /** Whether nothing waits and nothing is under way. */
  get isIdle(): boolean {
    return !this.#isRunning && this.#waiting.length === 0;
  }

  /** Takes a request in, with rows of this tree that were read for it. */
  push(pending: Pending, rows: ReadResult | null): void {
    this.#waiting.push(pending);
    pending.tree = this.tree;
    this.usedAt = Math.max(this.usedAt, pending.arrivedAt);
    if (rows !== null) this.#loads.push(rows);
    if (this.#isRunning) return;
    this.#isRunning = true;
    queueMicrotask(() => void this.#run());
  }

  async #run(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#take();
      this.#begin();
      let live = batch;
      let coreFaults = 0;
      while (live.length > 0) {
        try {
          this.#load();
          live = await this.#step(live);
        } catch (fault) {
          coreFaults += fault instanceof KeyrailError ? 0 : 1;
          live = this.#afterFault(batch, fault, coreFaults);
        }
      }
      // After each batch: a tree that is never idle must not grow for ever.
      this.#orRecover(({ residents }) => residents.trim(this.tree));
    }
    this.#isRunning = false;
    this.#deliver();
  }

  #begin(): void {
    this.#faults = 0;
    this.#refusals = 0;
    this.#began = this.#context.environment.elapsed();
  }

  #answer(pending: Pending, answer: Answer): void {
    if (pending.keep(answer)) this.#answered.push(pending);
  }

  #deliver(): void {
    if (this.#answered.length === 0) return;
    const answered = this.#answered;
    this.#answered = [];
    for (const pending of answered) pending.deliver();
  }

  /**
   * A fault of the store ends the requests that have no answer. One inside the core gives them
   * another try on a new core: whatever they had sent to the store is of unknown outcome.
   *
   * @param coreFaults how many of the latter the batch has met, with this one
   * @returns the requests that are tried again
   */
  #afterFault(batch: readonly Pending[], fault: unknown, coreFaults: number): Pending[] {
    if (fault instanceof KeyrailError) return this.#end(batch, fault);
    this.#context.recover(fault);
    if (coreFaults > 1) {
      const message = "the core failed twice on this request; please report this as a bug of keyrail";
      return this.#end(batch, new KeyrailError("engine_fault", message, { cause: fault }));
    }
    const live = batch.filter((pending) => !pending.isAnswered && pending.tree === this.tree);
    for (const pending of live) {
      pending.uncertain = !pending.isRead && pending.request.kind !== "touch";
      pending.mustRead = true;
      pending.prior = null;
    }
    this.#begin();
    return live;
  }

  /** Gives up what is undecided, and the requests with it: none is tried again. */
  #end(batch: readonly Pending[], fault: KeyrailError): Pending[] {
    this.#orRecover(({ ledger, residents }) => {
      const root = residents.rootOf(this.tree);
      if (root !== undefined) ledger.reject(root.handle);
      residents.forgetTree(this.tree);
    });
    for (const pending of batch) if (pending.tree === this.tree) pending.reject(fault);
    return [];
  }

  /** Does what no request waits for. Where the core fails at it, it is replaced. */
  #orRecover(act: (core: Core) => void): void {
    try {
      act(this.#context.core);
    } catch (fault) {
      this.#context.recover(fault);
    }
  }

  /** The next batch: as many as one commit may carry, with at most one new node. */
  #take(): Pending[] {
    let mints = 0;
    const end = this.#waiting.findIndex((pending, index) => {
      mints += pending.request.kind === "mint" ? 1 : 0;
      return index === BATCH_MAX || mints > 1;
    });
    if (end !== -1) return this.#waiting.splice(0, end);
    const all = this.#waiting;
    this.#waiting = [];
    return all;
  }

  /** Loads rows that were read on the way here. */
  #load(): void {
    const loads = this.#loads;
    if (loads.length === 0) return;
    this.#loads = [];
    for (const read of loads) this.#loadChain(read);
  }

  /**
   * Loads a chain, and what comes with it. One with a gap is not loaded, nor kept from before. False:
   * it was not loaded since it is of another moment than the root that is here.
   */
  #loadChain(read: ReadResult): boolean {
    if (isWhole(read.rows)) return this.#loadRows(read);
    this.#context.core.residents.forgetTree(this.tree);
    this.#context.broken(read.rows);
    return true;
  }

  /** Loads rows whose nodes' parents are here or among them; as `loadChain` says, all or none of them. */
  #loadRows({ rows, asOf }: ReadResult): boolean {
    const { residents } = this.#context.core;
    const root = residents.rootOf(this.tree);
    // Of two reads the one that began first may have been answered last. The later one's root stays:
    // beside it rows of the earlier would show a chain as it never was.
    const isOther = (row: Stored): boolean =>
      row.version !== root?.version && row.kind === "node" && row.id === this.tree;
    if (root !== undefined && root.asOf > asOf && rows.some(isOther)) return false;
    for (const row of rows) {
      if (row.kind === "node") residents.loadNode(row, asOf);
      else if (row.kind === "hold") residents.loadHold(row, asOf);
    }
    return true;
  }

  /** One turn: a read, or a decision of everything and its commit. Gives what has no answer yet. */
  #step(live: Pending[]): Pending[] | Promise<Pending[]> {
    if (live.some((pending) => pending.done !== null)) {
      for (const pending of live) if (pending.done !== null) pending.resolve(pending.done);
      return live.filter((pending) => pending.done === null);
    }
    const needs = (pending: Pending): boolean => needsRead(this.#context.core.residents, pending);
    const isStaleRead = (pending: Pending): boolean => pending.isRead && !this.#isFresh(pending);
    if (live.some(needs) || live.every(isStaleRead)) {
      const readers = live.filter((pending) => needs(pending) || isStaleRead(pending));
      return this.#read(live, readers);
    }
    return this.#decide(live);
  }

  #isFresh(pending: Pending): boolean {
    return isFresh(this.#context.core.residents, pending, this.tree);
  }

  /** Reads what `readers` need in one call, and answers those whose node or hold does not exist. */
  async #read(live: Pending[], readers: readonly Pending[]): Promise<Pending[]> {
    const asks = readers.map((pending) => askOf(this.#context.core.residents, pending, this.tree));
    let results: readonly ReadResult[];
    try {
      const reading = this.#context.lanes.read(asks.flatMap(({ refs }) => refs));
      this.#deliver();
      results = await reading;
    } catch (fault) {
      await this.#fault(fault);
      return live;
    }
    const gone = new Set<Pending>();
    let next = 0;
    readers.forEach((pending, index) => {
      const ask = asks[index];
      if (ask === undefined) return;
      const reads = results.slice(next, next + ask.refs.length);
      if (ask.asksKey) pending.keyAbsentAt = ask.rootVersion;
      if (this.#takeIn(pending, ask, reads)) gone.add(pending);
      next += ask.refs.length;
    });
    return live.filter((pending) => !gone.has(pending));
  }

  /** Takes in what was read for one request. True if it needs no more turn here. */
  #takeIn(pending: Pending, ask: Ask, reads: readonly ReadResult[]): boolean {
    const { request } = pending;
    pending.mustRead = false;
    if (pending.uncertain) pending.absentAt = ask.rootVersion;
    const own = ask.asksChain ? reads[0] : undefined;
    for (const read of ask.asksChain ? reads.slice(1) : reads) {
      const entry = read.rows.at(-1);
      if (entry?.kind !== "entry") continue;
      const isLoaded = this.#loadChain(read);
      pending.prior = entry;
      pending.isOwn = entry.command === pending.command;
      pending.mustRead ||= !isLoaded;
      const { residents } = this.#context.core;
      pending.isHoldGone = isLoaded && entry.hold !== null && residents.findHold(entry.hold) === undefined;
      pending.isNodeGone = isLoaded && request.kind === "mint" && residents.find({ id: request.id }) === undefined;
    }
    const isRootMint = request.kind === "mint" && request.parent === null;
    if (own === undefined || isRootMint) return false;
    const first = own.rows[0];
    if (first === undefined) {
      pending.resolve({ tag: "unknown" });
      return true;
    }
    if (first.tree !== this.tree) {
      this.#context.reroute(pending, own);
      return true;
    }
    pending.mustRead ||= !this.#loadChain(own);
    if (pending.mustRead) return false;
    if (nodeOf(this.#context.core.residents, request) !== undefined) return false;
    // The chain has a gap, or the row no longer carries the name that it was found by.
    pending.resolve({ tag: "unknown" });
    return true;
  }

  /** Decides all requests and answers those whose answer is true then: at once, or when what they change is committed. */
  #decide(live: Pending[]): Pending[] | Promise<Pending[]> {
    const { core, clock } = this.#context;
    const { residents, ledger } = core;
    const now = clock.now();
    const batch = decideBatch(core, this.#adjusts(residents), live, now);
    const rootNode = residents.rootOf(this.tree);
    const root = batch.made.handleOf(this.tree) ?? rootNode?.handle;
    if (root === undefined) return this.#answerFresh(live);
    const writes = new WriteSet(ledger, residents, { tree: this.tree, handle: root }, batch.made);
    // A request whose earlier commit may still come is refused only once that commit cannot succeed.
    if (rootNode !== undefined && live.some((pending) => pending.uncertain && pending.prior === null)) {
      writes.fence(rootNode);
    }
    if (writes.isEmpty) {
      ledger.reject(root);
      return this.#answerFresh(live);
    }
    writes.addEntries(batch.writers);
    return this.#commit(core, live, batch, writes, root, now);
  }

  /** What somebody else wrote into rows of this tree is taken in before anything is decided on them. */
  #adjusts(residents: Residents): Pending[] {
    return residents.edited(this.tree).flatMap(({ row: { id, edited } }) => {
      return edited === null ? [] : [this.#context.ownRequest({ kind: "adjust", target: { id }, edited })];
    });
  }

  /** Commits, and answers. Where the commit fails the ledger is as before, and all have to be decided again. */
  async #commit(
    core: Core,
    live: Pending[],
    batch: DecidedBatch,
    writes: WriteSet,
    root: number,
    now: number,
  ): Promise<Pending[]> {
    const { environment, lanes, retried } = this.#context;
    const { ledger, residents } = core;
    const { clockSource: clock, instance: owner } = environment;
    const commit = writes.commit(now, { clock, owner, claims: this.#refusals >= CLAIM_AFTER });
    let outcome: Awaited<ReturnType<Lanes["commit"]>>;
    try {
      const committing = lanes.commit(commit, writes.addsNode);
      this.#deliver();
      outcome = await committing;
    } catch (fault) {
      if (core === this.#context.core) {
        ledger.reject(root);
        residents.forgetTree(this.tree);
      }
      for (const pending of batch.writers) {
        pending.uncertain = true;
        pending.mustRead = true;
      }
      // A use that could not be noted is noted another time: it must not fail what goes with it.
      for (const pending of live) if (pending.request.kind === "touch") pending.done = { tag: "touched" };
      await this.#fault(fault);
      return live;
    }
    const { result, asOf } = outcome;
    // Another tree's fault may have replaced the core meanwhile: its rows are gone then.
    const isCurrent = core === this.#context.core;
    if (result.ok) {
      if (isCurrent) {
        ledger.accept(root);
        writes.committed(result.versions, asOf);
      }
      this.#faults = 0;
      return this.#answerCommitted(live, batch, writes);
    }
    if (isCurrent) ledger.reject(root);
    retried();
    if ("rows" in result && isCurrent) this.#takeBack(live, result.rows, asOf);
    await this.#refused("busy" in result, commit.claims);
    return live;
  }

  /** Answers what a commit has made true; gives what has to be looked at again. */
  #answerCommitted(live: readonly Pending[], { writers, deferred }: DecidedBatch, writes: WriteSet): Pending[] {
    for (const [pending, first] of deferred) pending.prior = writes.entries[writers.indexOf(first)] ?? null;
    for (const pending of writers) this.#answer(pending, pending.answer);
    for (const pending of live) if (!deferred.has(pending)) pending.uncertain = false;
    const others = live.filter((pending) => !pending.wrote && !deferred.has(pending));
    return [...this.#answerFresh(others), ...deferred.keys()];
  }

  /** Takes in the rows behind a refused commit: the next decision rests on them. */
  #takeBack(live: readonly Pending[], rows: readonly Stored[], asOf: number): void {
    const { residents } = this.#context.core;
    for (const row of rows) if (row.kind === "entry") takeEntry(residents, live, row);
    const ours = rows.filter((row) => row.tree === this.tree && row.kind !== "entry");
    for (const pending of live) takeClash(pending, rows);
    if (rows.length === 0) {
      // A row that was read is gone: everything of this tree has to be read again.
      residents.forgetTree(this.tree);
      return;
    }
    this.#loadRows({ rows: ours, asOf });
  }

  /** Answers those whose answer rests on rows confirmed after they came; gives the others. */
  #answerFresh(live: readonly Pending[]): Pending[] {
    const stale: Pending[] = [];
    for (const pending of live) {
      if (this.#isFresh(pending)) this.#answer(pending, pending.answer);
      else {
        pending.mustRead = true;
        stale.push(pending);
      }
    }
    return stale;
  }

  #isOverdue(): boolean {
    return this.#context.environment.elapsed() - this.#began > TRYING_MS_MAX;
  }

  async #refused(isBusy: boolean, isClaimed: boolean): Promise<void> {
    this.#refusals += 1;
    if (this.#refusals > REFUSALS_MAX || this.#isOverdue()) {
      throw new KeyrailError("store_contended", "other processes kept changing this key tree; try again in a moment");
    }
    // With the tree kept for this process, and its rows at hand, the next try is the one that succeeds.
    if (isBusy || (this.#refusals > 1 && !isClaimed)) await this.#pause(this.#refusals);
  }

  async #fault(cause: unknown): Promise<void> {
    if (isDefinite(cause)) throw cause;
    this.#faults += 1;
    if (this.#faults >= FAULTS_MAX || this.#isOverdue()) {
      throw new KeyrailError(
        "store_unavailable",
        "the store did not answer; what was asked may or may not have been recorded: repeat it with the same idempotency key",
        { cause },
      );
    }
    await this.#pause(this.#faults * 4);
  }

  /** Waits, a little longer each time and never as long as the others. */
  async #pause(round: number): Promise<void> {
    const { environment } = this.#context;
    this.#deliver();
    await environment.sleep(environment.random() * Math.min(PAUSE_MAX_MS, 2 + round * 2));
  }
}

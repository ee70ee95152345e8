/** Carries requests from the façade to their answers, over a store. */
import type { LedgerPort } from "../engine/ledger-port.js";
import { KeyrailError } from "../errors.js";
import type { ListQuery, Page, Store, Stored } from "../store/contract.js";
import type { Core } from "./core.js";
import { Decider, nodeOf } from "./decide.js";
import type { Environment } from "./environment.js";
import { ownRef } from "./freshness.js";
import { FAULTS_MAX, isDefinite, Lanes, type ReadResult, TRYING_MS_MAX } from "./lanes.js";
import { type Cost, Ledger } from "./ledger.js";
import { LoopClock } from "./loop-clock.js";
import { Pending } from "./pending.js";
import type { Answer, Request } from "./request.js";
import { Residents } from "./residents.js";
import { type QueueContext, TreeQueue } from "./tree-queue.js";

/** How many rows stay here; beyond it the trees that were not used for longest go. */
const RESIDENTS_MAX = 200_000;
/** After how many requests more it is looked again whether trees can go. */
const EVICT_EVERY = 1_000;

/** The part of an engine that a loop needs. */
export interface LedgerEngine {
  /** A new resident ledger without rows. */
  ledger(): LedgerPort;
  /** Makes the core usable again after a fault inside it. */
  recover(fault: unknown): void;
}

/** What a loop works over. */
export interface LoopOptions {
  readonly store: Store;
  readonly engine: LedgerEngine;
  readonly environment: Environment;
  readonly onNotice: (code: string, message: string) => void;
}

/** One process's way to a store. */
export class RequestLoop {
  readonly #engine: LedgerEngine;
  readonly #lanes: Lanes;
  readonly #environment: Environment;
  readonly #clock: LoopClock;
  readonly #context: QueueContext;
  readonly #queues = new Map<number, TreeQueue>();
  #tick = 0;
  #commands = 0;
  /** The command from which on trees may be dropped again. */
  #evictAgainAt = 0;
  #queued = 0;
  #retries = 0;

  constructor(options: LoopOptions) {
    this.#engine = options.engine;
    this.#environment = options.environment;
    this.#clock = new LoopClock(options.environment, (offMs) => options.onNotice("clock_off", clockMessage(offMs)));
    this.#lanes = new Lanes(options.store, options.environment, this.#clock, () => this.#nextTick());
    this.#context = {
      core: newCore(options.engine),
      recover: (fault) => this.#recover(fault),
      lanes: this.#lanes,
      environment: options.environment,
      clock: this.#clock,
      ownRequest: (request) => new Pending(request, this.#nextCommand(), this.#nextTick(), ignore, ignore, ignore),
      reroute: (pending, rows) => this.#enqueue(rows.rows[0]?.tree ?? 0, pending, rows),
      retried: () => {
        this.#retries += 1;
      },
      broken: (rows) => options.onNotice("broken_chain", brokenMessage(rows)),
    };
  }

  /** The time that decisions are made at, in whole ms. */
  now(): number {
    return this.#clock.now();
  }

  /** Requests without an answer yet. */
  get queued(): number {
    return this.#queued;
  }

  /** Commits that had to be decided again. */
  get retries(): number {
    return this.#retries;
  }

  /** The mean time of a commit call, in ms. */
  get commitLatencyMs(): number | null {
    return this.#lanes.commitLatencyMs;
  }

  /** The amount that a number of cents means, or the number of the reason why it is none. */
  parseCost(cents: number, wholeCents: boolean): Cost | number {
    try {
      return this.#context.core.ledger.parseCost(cents, wholeCents);
    } catch (fault) {
      this.#recover(fault);
      return this.#context.core.ledger.parseCost(cents, wholeCents);
    }
  }

  /**
   * A node id that no store row has or had.
   *
   * @throws KeyrailError `store_unavailable`
   */
  allocate(): Promise<number> {
    return this.#patiently(() => this.#lanes.allocate());
  }

  /**
   * A part of a listing, straight from the store.
   *
   * @throws KeyrailError `store_unavailable`
   */
  list(query: ListQuery, page: { readonly cursor: string | null; readonly limit: number }): Promise<Page> {
    return this.#patiently(() => this.#lanes.list(query, page));
  }

  /**
   * Carries a request out. By the time the answer comes, what it rests on is committed, or was
   * confirmed after this call.
   *
   * @throws KeyrailError `store_unavailable`, `store_contended`
   */
  submit(request: Request): Promise<Answer> {
    const command = this.#nextCommand();
    this.#queued += 1;
    return new Promise((resolve, reject) => {
      this.#route(new Pending(request, command, this.#nextTick(), resolve, reject, this.#left));
    });
  }

  /** Resolves when nothing is waiting or under way. */
  async idle(): Promise<void> {
    while (this.#queued > 0) await this.#environment.sleep(1);
  }

  readonly #left = (): void => {
    this.#queued -= 1;
  };

  /** Goes on with a new ledger: everything is read again from the store. */
  #recover(fault: unknown): void {
    this.#engine.recover(fault);
    this.#context.core = newCore(this.#engine);
  }

  #nextCommand(): string {
    this.#commands += 1;
    return `${this.#environment.instance}-${this.#commands}`;
  }

  #nextTick(): number {
    this.#tick += 1;
    return this.#tick;
  }

  #route(pending: Pending): void {
    const { request } = pending;
    const tree = request.kind === "mint" && request.parent === null ? request.id : this.#treeOf(request);
    if (tree !== undefined) this.#enqueue(tree, pending, null);
    else void this.#lookUp(pending);
  }

  #treeOf(request: Request): number | undefined {
    return nodeOf(this.#context.core.residents, request)?.row.tree;
  }

  /** Reads the chain of a node or hold that is not resident, to learn its tree. */
  async #lookUp(pending: Pending): Promise<void> {
    try {
      const [read] = await this.#patiently(() => this.#lanes.read([ownRef(pending.request)]));
      const first = read?.rows[0];
      if (read === undefined || first === undefined) pending.resolve({ tag: "unknown" });
      else this.#enqueue(first.tree, pending, read);
    } catch (fault) {
      pending.reject(fault);
    }
  }

  /** Asks the store for what changes nothing, a few times if it fails. */
  async #patiently<T>(ask: () => Promise<T>): Promise<T> {
    const began = this.#environment.elapsed();
    for (let faults = 1; ; faults += 1) {
      try {
        return await ask();
      } catch (cause) {
        if (isDefinite(cause)) throw cause;
        if (faults >= FAULTS_MAX || this.#environment.elapsed() - began > TRYING_MS_MAX) {
          throw new KeyrailError("store_unavailable", "the store did not answer; nothing was done: try again", {
            cause,
          });
        }
        await this.#environment.sleep(this.#environment.random() * faults * 8);
      }
    }
  }

  #enqueue(tree: number, pending: Pending, rows: ReadResult | null): void {
    if (this.#context.core.residents.size > RESIDENTS_MAX && this.#commands >= this.#evictAgainAt) this.#evict();
    let queue = this.#queues.get(tree);
    if (queue === undefined) {
      queue = new TreeQueue(tree, this.#context);
      this.#queues.set(tree, queue);
    }
    queue.push(pending, rows);
  }

  /** Drops idle trees, the least recently used first, until half of the room is free. */
  #evict(): void {
    this.#evictAgainAt = this.#commands + EVICT_EVERY;
    const byLastUse = [...this.#queues.values()].sort((one, other) => one.usedAt - other.usedAt);
    for (const queue of byLastUse) {
      if (this.#context.core.residents.size <= RESIDENTS_MAX / 2) return;
      if (!queue.isIdle) continue;
      this.#context.core.residents.forgetTree(queue.tree);
      this.#queues.delete(queue.tree);
    }
  }
}

function newCore(engine: LedgerEngine): Core {
  const ledger = new Ledger(engine.ledger());
  const residents = new Residents(ledger);
  return { ledger, residents, decider: new Decider(ledger, residents) };
}

function ignore(): void {}

function clockMessage(offMs: number): string {
  const seconds = Math.round(offMs / 1_000);
  return `this machine's clock is ${Math.abs(seconds)} s ${seconds > 0 ? "behind" : "ahead of"} the store's; Keyrail goes on with the store's time: set the clock`;
}

function brokenMessage(rows: readonly Stored[]): string {
  return `the chain of a key in tree ${rows[0]?.tree ?? "?"} has a row missing, so its keys are invalid; restore the row`;
}

/** The other end of the core's `ledger/port`: the same layouts, in the same order. */
import type { LedgerPort } from "../engine/ledger-port.js";
import type { Bucket, EntryKind, EntryRow, HoldRow, NodeRow } from "../store/contract.js";
import type {
  BudgetNumbers,
  ChangeNumbers,
  EntryNumbers,
  HoldEndNumbers,
  HoldNumbers,
  HoldRowNumbers,
  NodeStateNumbers,
  Outcome,
} from "./outcome.js";
import { PortFrame } from "./port-frame.js";

const LOAD_NODE = 1;
const LOAD_HOLD = 2;
const FORGET_NODE = 3;
const FORGET_HOLD = 4;
const DECIDE = 5;
const CHANGES = 6;
const ACCEPT = 7;
const REJECT = 8;
const REPLAY = 9;
const PARSE_COST = 10;

const PERIODS = [null, "hour", "day", "week", "month"] as const;
const HOLD_STATES = ["open", "released", "settled"] as const;
const ENTRY_KINDS: readonly EntryKind[] = [
  "charge",
  "reserve",
  "settle",
  "release",
  "extend",
  "mint",
  "revoke",
  "set_budget",
  "adjust",
];

/** The windows of a budget. */
export type Rule = Pick<NodeRow, "period" | "alignment" | "anchorAt">;

/** An amount as asked, and what it costs after rounding, in microcents. */
export interface Cost {
  readonly asked: number;
  readonly cost: number;
}

/** A command with the ledger's handles. Amounts in microcents, times in ms. */
export type Command =
  | { readonly kind: "validate"; readonly node: number }
  | { readonly kind: "budgets"; readonly node: number }
  | { readonly kind: "charge"; readonly node: number; readonly cost: Cost; readonly overdraft: boolean }
  | {
      readonly kind: "reserve";
      readonly node: number;
      readonly cost: Cost;
      readonly atLeast: number | null;
      readonly wholeCents: boolean;
      readonly ttlMs: number;
    }
  | { readonly kind: "settle"; readonly hold: number; readonly cost: Cost }
  | { readonly kind: "release"; readonly hold: number }
  | { readonly kind: "extend"; readonly hold: number; readonly ttlMs: number | null; readonly cost: number | null }
  | {
      readonly kind: "mint";
      readonly id: number;
      readonly parent: number | null;
      readonly cap: number | null;
      readonly rule: Rule;
      readonly reject: boolean;
      readonly expiresAt: number | null;
      readonly scopes: readonly number[] | null;
    }
  | { readonly kind: "revoke"; readonly node: number }
  | {
      readonly kind: "setBudget";
      readonly node: number;
      readonly cap: number | null | undefined;
      readonly rule: Rule | undefined;
    }
  | { readonly kind: "touch"; readonly node: number }
  | { readonly kind: "adjust"; readonly node: number; readonly usedCents: number; readonly resetAt: number | null };

/** What became of a command; `wrote` tells whether it appended an entry. */
export interface Decided {
  readonly wrote: boolean;
  readonly outcome: Outcome;
}

/** At least as many numbers as any command takes, the scopes of a mint apart. */
const COMMAND_NUMBERS = 12;

/** One resident ledger. */
export class Ledger {
  readonly #frame: PortFrame;
  /** Those of the entry that was read last. */
  #windows: readonly number[] = [];

  // What lists are read by: made once, since every batch has a few lists.
  readonly #number = (): number => this.#frame.get();
  readonly #bucket = (): Bucket => ({ expiresAt: this.#frame.get(), heldMicrocents: this.#frame.get() });
  readonly #nodePut = (): ChangeNumbers["nodesPut"][number] => ({ node: this.#frame.get(), state: this.#nodeState() });
  readonly #holdPut = (): ChangeNumbers["holdsPut"][number] => ({ hold: this.#frame.get(), row: this.#holdRow() });

  constructor(port: LedgerPort) {
    this.#frame = new PortFrame(port);
  }

  /** The amount that a number of cents means, or the number of the reason why it is none. */
  parseCost(cents: number, wholeCents: boolean): Cost | number {
    const frame = this.#frame;
    frame.begin(PARSE_COST);
    frame.put(cents);
    frame.putFlag(wholeCents);
    frame.call();
    const reason = frame.get();
    return reason === 0 ? { asked: frame.get(), cost: frame.get() } : reason;
  }

  /** Loads or replaces a node; its parent must be loaded. Gives its handle. */
  loadNode(row: NodeRow, scopes: readonly number[] | null): number {
    const frame = this.#frame;
    frame.begin(LOAD_NODE, (scopes?.length ?? 0) + 2 * row.buckets.length);
    frame.put(row.id);
    frame.putOptional(row.parentId);
    frame.putOptional(row.expiresAt);
    frame.putList(scopes);
    frame.putOptional(row.revokedAt);
    frame.putOptional(row.lastUsedAt);
    frame.put(row.trueToSeq);
    frame.putFlag(row.root !== null);
    frame.put(row.root?.seq ?? 0);
    frame.put(row.root?.greatestNow ?? 0);
    frame.putOptional(row.capMicrocents);
    this.#putRule(row);
    frame.put(row.window);
    frame.put(row.windowStart);
    frame.putOptional(row.resetAt);
    frame.put(row.spentMicrocents);
    frame.put(row.buckets.length);
    for (const bucket of row.buckets) {
      frame.put(bucket.expiresAt);
      frame.put(bucket.heldMicrocents);
    }
    frame.call();
    return frame.get();
  }

  /** Loads a hold, or replaces the one at `known`. Gives its handle. */
  loadHold(known: number | null, row: HoldRow): number {
    const frame = this.#frame;
    frame.begin(LOAD_HOLD, row.windows.length);
    frame.putOptional(known);
    frame.put(row.node);
    frame.put(row.amountMicrocents);
    frame.put(row.createdAt);
    frame.put(row.expiresAt);
    frame.put(HOLD_STATES.indexOf(row.state));
    frame.putOptional(row.endedAt);
    frame.putOptional(row.settled?.costMicrocents ?? null);
    frame.putOptional(row.settled?.overdraftMicrocents ?? null);
    frame.putFlag(row.settled?.late ?? false);
    frame.putList(row.windows);
    frame.call();
    return frame.get();
  }

  forgetNode(node: number): void {
    this.#plain(FORGET_NODE, node);
  }

  forgetHold(hold: number): void {
    this.#plain(FORGET_HOLD, hold);
  }

  /** The changes of the tree with this root were committed. */
  accept(root: number): void {
    this.#plain(ACCEPT, root);
  }

  /** They were not: the ledger is as it was before them. */
  reject(root: number): void {
    this.#plain(REJECT, root);
  }

  /** Decides commands one after another, each on top of what the ones before it changed. */
  decide(now: number, commands: readonly Command[]): Decided[] {
    const frame = this.#frame;
    let numbers = commands.length * COMMAND_NUMBERS;
    for (const command of commands) if (command.kind === "mint") numbers += command.scopes?.length ?? 0;
    frame.begin(DECIDE, numbers);
    frame.put(now);
    frame.put(commands.length);
    for (const command of commands) this.#putCommand(command);
    frame.call();
    return commands.map(() => this.#answer());
  }

  /** The answer that an entry gave; with `asked`, another amount is refused. A hold is shown as it stands at `now`. */
  replay(now: number, entry: EntryRow, hold: number | null, asked: number | null): Outcome {
    const frame = this.#frame;
    frame.begin(REPLAY, entry.windows.length);
    frame.put(now);
    frame.putOptional(asked);
    frame.put(entry.seq);
    frame.put(ENTRY_KINDS.indexOf(entry.entryKind) + 1);
    frame.put(entry.node);
    frame.put(entry.at);
    frame.put(entry.amountMicrocents);
    frame.put(entry.askedMicrocents);
    frame.putOptional(hold);
    frame.putOptional(entry.expiresAt);
    frame.put(entry.usedMicrocents);
    frame.putOptional(entry.remainingMicrocents);
    frame.put(entry.overdraftMicrocents);
    frame.putFlag(entry.late);
    frame.putList(entry.windows);
    frame.call();
    return this.#answer().outcome;
  }

  /** What the commands of the tree with this root ask to be committed. */
  changes(root: number): ChangeNumbers {
    const frame = this.#frame;
    this.#plain(CHANGES, root);
    return {
      nodesRead: frame.getMany(this.#number),
      holdsRead: frame.getMany(this.#number),
      nodesPut: frame.getMany(this.#nodePut),
      holdsPut: frame.getMany(this.#holdPut),
      entries: frame.getMany(this.#entry),
    };
  }

  #plain(operation: number, handle: number): void {
    this.#frame.begin(operation);
    this.#frame.put(handle);
    this.#frame.call();
  }

  #putRule(rule: Rule): void {
    this.#frame.put(PERIODS.indexOf(rule.period));
    this.#frame.putFlag(rule.alignment === "calendar");
    this.#frame.put(rule.anchorAt);
  }

  #putCost(cost: Cost): void {
    this.#frame.put(cost.cost);
    this.#frame.put(cost.asked);
  }

  #putCommand(command: Command): void {
    const frame = this.#frame;
    switch (command.kind) {
      case "validate":
        frame.put(1);
        return frame.put(command.node);
      case "budgets":
        frame.put(2);
        return frame.put(command.node);
      case "charge":
        frame.put(3);
        frame.put(command.node);
        this.#putCost(command.cost);
        return frame.putFlag(command.overdraft);
      case "reserve":
        frame.put(4);
        frame.put(command.node);
        this.#putCost(command.cost);
        frame.putOptional(command.atLeast);
        frame.putFlag(command.wholeCents);
        return frame.put(command.ttlMs);
      case "settle":
        frame.put(5);
        frame.put(command.hold);
        return this.#putCost(command.cost);
      case "release":
        frame.put(6);
        return frame.put(command.hold);
      case "extend":
        frame.put(7);
        frame.put(command.hold);
        frame.putOptional(command.ttlMs);
        return frame.putOptional(command.cost);
      case "mint":
        frame.put(8);
        frame.put(command.id);
        frame.putOptional(command.parent);
        frame.putOptional(command.cap);
        this.#putRule(command.rule);
        frame.putFlag(command.reject);
        frame.putOptional(command.expiresAt);
        return frame.putList(command.scopes);
      case "revoke":
        frame.put(9);
        return frame.put(command.node);
      case "setBudget":
        frame.put(10);
        frame.put(command.node);
        frame.putFlag(command.cap !== undefined);
        frame.putOptional(command.cap ?? null);
        frame.putFlag(command.rule !== undefined);
        return this.#putRule(command.rule ?? { period: null, alignment: "anchored", anchorAt: 0 });
      case "touch":
        frame.put(11);
        return frame.put(command.node);
      case "adjust":
        frame.put(12);
        frame.put(command.node);
        frame.put(command.usedCents);
        return frame.putOptional(command.resetAt);
    }
  }

  #answer(): Decided {
    const first = this.#frame.get();
    if (first < 0) return { wrote: false, outcome: { tag: "missing" } };
    return { wrote: first !== 0, outcome: this.#outcome() };
  }

  #outcome(): Outcome {
    const frame = this.#frame;
    const tag = frame.get();
    switch (tag) {
      case 0: {
        const reason = frame.get();
        const requested = frame.get();
        return { tag: "refused", reason, requested, binding: frame.getFlag() ? this.#budget() : null };
      }
      case 1:
        return {
          tag: "valid",
          budget: this.#budget(),
          expiresAt: frame.getOptional(),
          touchDue: frame.getFlag(),
          scopes: frame.getList(),
        };
      case 2:
        return { tag: "budgets", binding: frame.getOptional(), chain: frame.getMany(() => this.#budget()) };
      case 3:
        return { tag: "charged", used: frame.get(), remaining: frame.getOptional(), overdraft: frame.get() };
      case 4:
        return { tag: "held", used: frame.get(), remaining: frame.getOptional(), hold: this.#hold() };
      case 5:
        return { tag: "settled", cost: frame.get(), overdraft: frame.get(), late: frame.getFlag() };
      case 6:
        return { tag: "released", amount: frame.get() };
      case 7:
        return {
          tag: "minted",
          node: frame.get(),
          cap: frame.getOptional(),
          expiresAt: frame.getOptional(),
          clamped: { scopes: frame.getFlag(), budgetCents: frame.getFlag(), expiresAt: frame.getFlag() },
          scopes: frame.getList(),
        };
      case 8:
        return { tag: "revoked", now: frame.getFlag() };
      case 9:
        return { tag: "budgetSet", budget: this.#budget() };
      case 10:
        return { tag: "touched" };
      default:
        return known<Outcome>(undefined);
    }
  }

  #budget(): BudgetNumbers {
    const frame = this.#frame;
    return {
      node: frame.get(),
      cap: frame.getOptional(),
      spent: frame.get(),
      held: frame.get(),
      period: known(PERIODS[frame.get()]),
      window: frame.get(),
      windowStart: frame.get(),
      resetAt: frame.getOptional(),
    };
  }

  #hold(): HoldNumbers {
    const frame = this.#frame;
    const hold = frame.get();
    const amount = frame.get();
    const expiresAt = frame.get();
    const expired = frame.getFlag();
    return { hold, amount, expiresAt, expired, ...this.#holdEnd() };
  }

  #holdEnd(): HoldEndNumbers {
    const frame = this.#frame;
    const state = known(HOLD_STATES[frame.get()]);
    const endedAt = frame.getOptional();
    const cost = frame.getOptional();
    const overdraft = frame.getOptional();
    const late = frame.getFlag();
    const settled = cost === null ? null : { costMicrocents: cost, overdraftMicrocents: overdraft ?? 0, late };
    return { state, endedAt, settled };
  }

  #nodeState(): NodeStateNumbers {
    const frame = this.#frame;
    const revokedAt = frame.getOptional();
    const lastUsedAt = frame.getOptional();
    const trueToSeq = frame.get();
    const isRoot = frame.getFlag();
    const root = { seq: frame.get(), greatestNow: frame.get() };
    return {
      revokedAt,
      lastUsedAt,
      trueToSeq,
      root: isRoot ? root : null,
      capMicrocents: frame.getOptional(),
      period: known(PERIODS[frame.get()]),
      alignment: frame.getFlag() ? "calendar" : "anchored",
      anchorAt: frame.get(),
      window: frame.get(),
      windowStart: frame.get(),
      resetAt: frame.getOptional(),
      spentMicrocents: frame.get(),
      buckets: frame.getMany(this.#bucket),
    };
  }

  #holdRow(): HoldRowNumbers {
    const frame = this.#frame;
    const node = frame.get();
    const amount = frame.get();
    const createdAt = frame.get();
    const expiresAt = frame.get();
    const end = this.#holdEnd();
    return { node, amount, createdAt, expiresAt, ...end, windows: frame.getMany(this.#number) };
  }

  readonly #entry = (): EntryNumbers => {
    const frame = this.#frame;
    return {
      seq: frame.get(),
      entryKind: known(ENTRY_KINDS[frame.get() - 1]),
      node: frame.get(),
      at: frame.get(),
      amount: frame.get(),
      asked: frame.get(),
      hold: frame.getOptional(),
      expiresAt: frame.getOptional(),
      used: frame.get(),
      remaining: frame.getOptional(),
      overdraft: frame.get(),
      late: frame.getFlag(),
      windows: this.#entryWindows(),
    };
  };

  /** Entries are kept for long, and most count in the windows of the one before: they share a list. */
  #entryWindows(): readonly number[] {
    this.#windows = this.#frame.getNumbers(this.#windows);
    return this.#windows;
  }
}

/** What a number of the core stands for. A number that stands for nothing means that the two ends differ. */
export function known<T>(value: T | undefined): T {
  if (value !== undefined) return value;
  throw new Error("the core gave a number that means nothing here; please report this as a bug of keyrail");
}

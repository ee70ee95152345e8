/** From what the ledger wants changed to a commit, and from a committed one to resident rows. */
import type { Check, Commit, EntryRow, HoldRow, NodeRow, Row, Version } from "../store/contract.js";
import type { Ledger } from "./ledger.js";
import type { Made } from "./made.js";
import type { ChangeNumbers, EntryNumbers, HoldRowNumbers, NodeStateNumbers } from "./outcome.js";
import type { Pending } from "./pending.js";
import type { ResidentHold, ResidentNode, Residents } from "./residents.js";

/** A put of a node or a hold, and what to do with its new version. */
interface Put {
  readonly row: NodeRow | HoldRow;
  readonly committed: (version: Version, asOf: number) => void;
}

/** One tree's changes as a commit. */
export class WriteSet {
  readonly #residents: Residents;
  readonly #tree: number;
  readonly #nodesRead: ResidentNode[];
  readonly #holdsRead: ResidentHold[];
  readonly #puts: Put[] = [];
  readonly #absent: Check[] = [];
  /** The entry of each writing request, in their order. */
  readonly entries: EntryRow[] = [];
  readonly addsNode: boolean;

  constructor(
    ledger: Ledger,
    residents: Residents,
    root: { readonly tree: number; readonly handle: number },
    made: Made,
  ) {
    this.#residents = residents;
    this.#tree = root.tree;
    const changes = ledger.changes(root.handle);
    this.#nodesRead = changes.nodesRead.map((handle) => residents.at(handle));
    this.#holdsRead = changes.holdsRead.map((handle) => this.#holdAt(handle));
    this.addsNode = made.addsNode;
    this.#putNodes(changes, made);
    for (const { hold, row } of changes.holdsPut) this.#putHold(hold, row, made);
    this.#entryNumbers = changes.entries;
    this.#made = made;
  }

  readonly #entryNumbers: readonly EntryNumbers[];
  readonly #made: Made;

  /** Whether there is nothing to commit. */
  get isEmpty(): boolean {
    return this.#puts.length === 0 && this.#entryNumbers.length === 0;
  }

  /** Gives each entry the texts of its request; `writers` in the order of their entries. */
  addEntries(writers: readonly Pending[]): void {
    this.#entryNumbers.forEach((numbers, index) => {
      const writer = writers[index];
      if (writer === undefined) throw new Error("an entry has no request; please report this as a bug of keyrail");
      const row = this.#entry(numbers, writer);
      this.entries.push(row);
      if (row.idempotency !== null) {
        this.#absent.push({ ref: { entry: { node: row.node, ...row.idempotency } }, version: null });
      }
    });
  }

  /** Puts the root as it is: its version moves, so that an earlier commit cannot succeed any more. */
  fence(root: ResidentNode): void {
    if (this.#puts.some((put) => put.row.kind === "node" && put.row.id === root.row.id)) return;
    this.#nodesRead.push(...(this.#nodesRead.includes(root) ? [] : [root]));
    this.#putKnown(root, withState(root.row, root.row));
  }

  /** The commit, whose decisions were made at `now` at the latest. */
  commit(now: number, terms: Pick<Commit, "clock" | "owner" | "claims">): Commit {
    const checks: Check[] = [];
    for (const { row, version } of this.#nodesRead) checks.push({ ref: { node: row.id }, version });
    for (const { row, version } of this.#holdsRead) checks.push({ ref: { hold: row.id }, version });
    checks.push(...this.#absent);
    const puts: Row[] = [];
    for (const { row } of this.#puts) puts.push(row);
    puts.push(...this.entries);
    return { tree: this.#tree, now, ...terms, checks, puts };
  }

  /** The commit succeeded: its puts are the rows now, and all it checked was so at `asOf`. */
  committed(versions: readonly Version[], asOf: number): void {
    for (const node of this.#nodesRead) node.asOf = Math.max(node.asOf, asOf);
    for (const hold of this.#holdsRead) hold.asOf = Math.max(hold.asOf, asOf);
    this.#puts.forEach((put, index) => {
      const version = versions[index];
      if (version !== undefined) put.committed(version, asOf);
    });
  }

  #putNodes(changes: ChangeNumbers, made: Made): void {
    for (const { node: handle, state } of changes.nodesPut) {
      const fresh = made.nodeAt(handle);
      if (fresh === undefined) {
        const node = this.#residents.at(handle);
        this.#putKnown(node, withState(node.row, state));
        continue;
      }
      const row = withState(fresh, state);
      this.#absent.push({ ref: { node: row.id }, version: null });
      const parent = row.parentId === null ? null : this.#residents.find({ id: row.parentId });
      this.#puts.push({
        row,
        committed: (version, asOf) => this.#residents.adopt(row, version, handle, parent ?? null, asOf),
      });
    }
  }

  #putKnown(node: ResidentNode, row: NodeRow): void {
    this.#puts.push({
      row,
      committed: (version, asOf) => this.#residents.update(node, row, version, asOf),
    });
  }

  #putHold(handle: number, numbers: HoldRowNumbers, made: Made): void {
    const known = this.#residents.holdAt(handle);
    const newId = made.holdAt(handle);
    const id = newId ?? known?.row.id ?? "";
    const row: HoldRow = {
      kind: "hold",
      id,
      tree: this.#tree,
      node: numbers.node,
      amountMicrocents: numbers.amount,
      createdAt: numbers.createdAt,
      expiresAt: numbers.expiresAt,
      windows: numbers.windows,
      state: numbers.state,
      endedAt: numbers.endedAt,
      settled: numbers.settled,
    };
    if (newId !== undefined) this.#absent.push({ ref: { hold: id }, version: null });
    this.#puts.push({
      row,
      committed: (version, asOf) => {
        if (known !== undefined) {
          this.#residents.updateHold(known, row, version);
        } else {
          const node = this.#residents.find({ id: row.node });
          if (node !== undefined) this.#residents.adoptHold(row, version, handle, node, asOf);
        }
      },
    });
  }

  #entry(numbers: EntryNumbers, writer: Pending): EntryRow {
    const { hold } = numbers;
    const { request } = writer;
    return {
      kind: "entry",
      tree: this.#tree,
      seq: numbers.seq,
      entryKind: numbers.entryKind,
      node: numbers.node,
      at: numbers.at,
      amountMicrocents: numbers.amount,
      askedMicrocents: numbers.asked,
      windows: numbers.windows,
      hold: hold === null ? null : (this.#made.holdAt(hold) ?? this.#residents.holdAt(hold)?.row.id ?? null),
      expiresAt: numbers.expiresAt,
      usedMicrocents: numbers.used,
      remainingMicrocents: numbers.remaining,
      overdraftMicrocents: numbers.overdraft,
      late: numbers.late,
      command: writer.command,
      idempotency: writer.idempotency,
      metadata: "metadata" in request ? request.metadata : null,
    };
  }

  #holdAt(handle: number): ResidentHold {
    const hold = this.#residents.holdAt(handle);
    if (hold === undefined) throw new Error("the ledger named a hold that is not here; please report this as a bug");
    return hold;
  }
}

/**
 * A row in another state, whatever somebody else wrote into it taken in. Each field is written out:
 * spreading rows was a fifth of the time of a charge.
 */
function withState(row: NodeRow, state: NodeStateNumbers): NodeRow {
  // Without a period the ledger knows neither alignment nor anchor: they stay as the row has them.
  const { alignment, anchorAt } = state.period === null ? row : state;
  return {
    kind: "node",
    id: row.id,
    tree: row.tree,
    parentId: row.parentId,
    path: row.path,
    hash: row.hash,
    subject: row.subject,
    keyPrefix: row.keyPrefix,
    accountId: row.accountId,
    userId: row.userId,
    name: row.name,
    delegatedBy: row.delegatedBy,
    scopes: row.scopes,
    createdAt: row.createdAt,
    expiresAt: row.expiresAt,
    revokedAt: state.revokedAt,
    lastUsedAt: state.lastUsedAt,
    capMicrocents: state.capMicrocents,
    period: state.period,
    alignment,
    anchorAt,
    window: state.window,
    windowStart: state.windowStart,
    resetAt: state.resetAt,
    spentMicrocents: state.spentMicrocents,
    buckets: state.buckets,
    trueToSeq: state.trueToSeq,
    root: state.root,
    edited: null,
  };
}

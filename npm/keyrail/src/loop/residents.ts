/** The rows that this process holds of each tree, and where they lie in the resident ledger. */
import type { HoldRow, NodeRow, Stored, Version } from "../store/contract.js";
import type { Ledger } from "./ledger.js";
import type { Target } from "./request.js";
import { ScopeNumbers } from "./scope-numbers.js";

/** A node whose row is here. */
export interface ResidentNode {
  row: NodeRow;
  version: Version;
  readonly handle: number;
  readonly parent: ResidentNode | null;
  /** The loop's tick at which the read or commit began that last confirmed the row. */
  asOf: number;
  /** The tick at which the row's present version was first seen. */
  changedAsOf: number;
}

/** A hold whose row is here. */
export interface ResidentHold {
  row: HoldRow;
  version: Version;
  readonly handle: number;
  readonly node: ResidentNode;
  asOf: number;
}

/** The resident part of one tree. */
interface ResidentTree {
  readonly nodes: Map<number, ResidentNode>;
  readonly holds: Map<string, ResidentHold>;
  /** Those of them that have ended since the last batch. */
  ended: ResidentHold[];
  /** The nodes whose rows somebody else has edited. */
  readonly edited: Set<ResidentNode>;
  /** Scopes are compared within a chain only, so each tree numbers its own, and drops them with it. */
  readonly scopes: ScopeNumbers;
}

/** How many holds of one tree stay here; older ones are read again when they are settled. */
const HOLDS_MAX = 20_000;
/** How many nodes of one tree stay here; beyond it the tree is read anew. */
const NODES_MAX = 100_000;
/** How many scopes of one tree have numbers here, those of refused mints among them; likewise. */
const SCOPES_MAX = 100_000;

/** The resident rows of all trees. */
export class Residents {
  readonly #ledger: Ledger;
  readonly #trees = new Map<number, ResidentTree>();
  readonly #byId = new Map<number, ResidentNode>();
  readonly #byHash = new Map<string, ResidentNode>();
  readonly #bySubject = new Map<string, ResidentNode>();
  readonly #byHandle: (ResidentNode | undefined)[] = [];
  readonly #holds = new Map<string, ResidentHold>();
  readonly #holdsByHandle: (ResidentHold | undefined)[] = [];

  constructor(ledger: Ledger) {
    this.#ledger = ledger;
  }

  /** How many nodes and holds are here. */
  get size(): number {
    return this.#byId.size + this.#holds.size;
  }

  find(target: Target): ResidentNode | undefined {
    if ("id" in target) return this.#byId.get(target.id);
    return "hash" in target ? this.#byHash.get(target.hash) : this.#bySubject.get(target.subject);
  }

  findHold(id: string): ResidentHold | undefined {
    return this.#holds.get(id);
  }

  /** The node at a handle that the ledger gave. */
  at(handle: number): ResidentNode {
    const node = this.#byHandle[handle];
    if (node === undefined) throw new Error("the ledger named a node that is not here; please report this as a bug");
    return node;
  }

  /** The hold at a handle that the ledger gave. */
  holdAt(handle: number): ResidentHold | undefined {
    return this.#holdsByHandle[handle];
  }

  /** The root of a tree, if it is here. */
  rootOf(tree: number): ResidentNode | undefined {
    return this.#byId.get(tree);
  }

  /**
   * The nodes of a tree whose rows somebody else has edited, from the root down: what an edit adds
   * above it must not look like an edit of the row above.
   */
  edited(tree: number): ResidentNode[] {
    const edited = this.#trees.get(tree)?.edited;
    if (edited === undefined || edited.size === 0) return [];
    return [...edited].sort((one, other) => depthOf(one) - depthOf(other));
  }

  /** Loads a node's row as it was at `asOf`, unless a later one is here. Its parent must be here. */
  loadNode(row: Stored<NodeRow>, asOf: number): ResidentNode | undefined {
    const known = this.#byId.get(row.id);
    if (known === undefined) {
      const parent = row.parentId === null ? null : this.#byId.get(row.parentId);
      if (parent === undefined) return undefined;
      return this.adopt(row, row.version, this.#load(row), parent, asOf);
    }
    // Of an older read nothing is taken: it would cost a refused commit to find that out.
    if (known.asOf > asOf) return known;
    if (known.version !== row.version) {
      this.#load(row);
      this.update(known, row, row.version, asOf);
    }
    known.asOf = asOf;
    return known;
  }

  /** Takes in a node that the ledger has already, with its handle. */
  adopt(row: NodeRow, version: Version, handle: number, parent: ResidentNode | null, asOf: number): ResidentNode {
    const node: ResidentNode = { row, version, handle, parent, asOf, changedAsOf: asOf };
    this.#byHandle[handle] = node;
    this.#byId.set(row.id, node);
    this.#index(node);
    this.#tree(row.tree).nodes.set(row.id, node);
    return node;
  }

  /** The row of a node as a commit of this process or somebody else left it. */
  update(node: ResidentNode, row: NodeRow, version: Version, asOf: number): void {
    const before = node.row;
    // A map whose items keep leaving and coming back is made anew again and again; most rows keep their names.
    const isNamedAnew = before.hash !== row.hash || before.subject !== row.subject;
    if (isNamedAnew) this.#unindex(node);
    node.row = row;
    node.version = version;
    node.changedAsOf = asOf;
    if (isNamedAnew || before.edited !== null || row.edited !== null) this.#index(node);
  }

  /** Loads a hold's row as it was at `asOf`, unless a later one is here. Its node must be here. */
  loadHold(row: Stored<HoldRow>, asOf: number): ResidentHold | undefined {
    const known = this.#holds.get(row.id);
    if (known === undefined) {
      const node = this.#byId.get(row.node);
      if (node === undefined) return undefined;
      return this.adoptHold(row, row.version, this.#ledger.loadHold(null, row), node, asOf);
    }
    if (known.asOf > asOf) return known;
    if (known.version !== row.version) {
      this.#ledger.loadHold(known.handle, row);
      this.updateHold(known, row, row.version);
    }
    known.asOf = asOf;
    return known;
  }

  /** Takes in a hold that the ledger has already, with its handle. */
  adoptHold(row: HoldRow, version: Version, handle: number, node: ResidentNode, asOf: number): ResidentHold {
    const hold: ResidentHold = { row, version, handle, node, asOf };
    this.#holdsByHandle[handle] = hold;
    this.#holds.set(row.id, hold);
    const tree = this.#tree(row.tree);
    tree.holds.set(row.id, hold);
    if (row.state !== "open") tree.ended.push(hold);
    return hold;
  }

  /** The row of a hold as a commit of this process or somebody else left it. */
  updateHold(hold: ResidentHold, row: HoldRow, version: Version): void {
    hold.row = row;
    hold.version = version;
    if (row.state !== "open") this.#tree(row.tree).ended.push(hold);
  }

  /** Drops one hold. */
  forgetHold(hold: ResidentHold): void {
    this.#ledger.forgetHold(hold.handle);
    this.#holds.delete(hold.row.id);
    this.#trees.get(hold.row.tree)?.holds.delete(hold.row.id);
    this.#holdsByHandle[hold.handle] = undefined;
  }

  /**
   * Keeps a tree within its bounds: the oldest holds go, or all of it if it has too many nodes or scopes. Holds that
   * have ended go at once: hardly anybody asks about one again, and what stays for long is copied by every collection.
   */
  trim(tree: number): void {
    const resident = this.#trees.get(tree);
    if (resident === undefined) return;
    if (resident.nodes.size > NODES_MAX || resident.scopes.size > SCOPES_MAX) return this.forgetTree(tree);
    const { ended } = resident;
    if (ended.length > 0) {
      resident.ended = [];
      for (const hold of ended) if (this.#holdsByHandle[hold.handle] === hold) this.forgetHold(hold);
    }
    if (resident.holds.size <= HOLDS_MAX) return;
    for (const hold of resident.holds.values()) {
      if (resident.holds.size <= HOLDS_MAX) return;
      this.forgetHold(hold);
    }
  }

  /** Drops all rows of a tree. It must have no undecided changes. */
  forgetTree(tree: number): void {
    const resident = this.#trees.get(tree);
    if (resident === undefined) return;
    for (const hold of resident.holds.values()) this.forgetHold(hold);
    for (const node of resident.nodes.values()) {
      this.#ledger.forgetNode(node.handle);
      this.#unindex(node);
      this.#byId.delete(node.row.id);
      this.#byHandle[node.handle] = undefined;
    }
    this.#trees.delete(tree);
  }

  /** The numbers of the scopes in a tree. */
  scopes(tree: number): ScopeNumbers {
    return this.#tree(tree).scopes;
  }

  #load(row: NodeRow): number {
    return this.#ledger.loadNode(row, this.scopes(row.tree).numbersOf(row.scopes));
  }

  #tree(id: number): ResidentTree {
    let tree = this.#trees.get(id);
    if (tree === undefined) {
      tree = { nodes: new Map(), holds: new Map(), ended: [], edited: new Set(), scopes: new ScopeNumbers() };
      this.#trees.set(id, tree);
    }
    return tree;
  }

  #index(node: ResidentNode): void {
    const { hash, subject } = node.row;
    if (hash !== null) this.#byHash.set(hash, node);
    if (subject !== null) this.#bySubject.set(subject, node);
    const { edited } = this.#tree(node.row.tree);
    if (node.row.edited === null) edited.delete(node);
    else edited.add(node);
  }

  #unindex(node: ResidentNode): void {
    const { hash, subject } = node.row;
    if (hash !== null && this.#byHash.get(hash) === node) this.#byHash.delete(hash);
    if (subject !== null && this.#bySubject.get(subject) === node) this.#bySubject.delete(subject);
  }
}

function depthOf(node: ResidentNode): number {
  return node.parent === null ? 0 : depthOf(node.parent) + 1;
}

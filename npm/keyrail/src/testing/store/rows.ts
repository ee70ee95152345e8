/** Rows and commits as the request loop makes them, with everything unimportant filled in. */
import type {
  Check,
  Commit,
  CommitResult,
  EntryRow,
  HoldRow,
  ListQuery,
  NodeRow,
  Ref,
  Row,
  RowRef,
  Store,
  Stored,
  Version,
} from "../../store/contract.js";
import { Unmet } from "../expect.js";
import { fresh, freshHash } from "./names.js";

/** When every row was made. */
export const NOW = Date.UTC(2026, 0, 15, 10, 30);
/** A version that no row has; two rows of one commit may have the same. */
export const NEVER: Version = "0";
/** The largest figure, in microcents. */
export const FIGURE_MAX = 9_000_000_000_000_000;

/** A row that is to be put, with the version that it was read with if it was. */
export type Draft = Row & { readonly version?: Version };

type StoredOf<R> = R extends { kind: "node" }
  ? Stored<NodeRow>
  : R extends { kind: "hold" }
    ? Stored<HoldRow>
    : Stored<EntryRow>;

/** A node; `parent` is the row above, `null` makes a root. */
export function nodeRow(id: number, parent: NodeRow | null = null, columns: Partial<NodeRow> = {}): NodeRow {
  return {
    kind: "node",
    id,
    tree: parent?.tree ?? id,
    parentId: parent?.id ?? null,
    path: parent === null ? String(id) : `${parent.path}/${id}`,
    hash: null,
    subject: null,
    keyPrefix: "ak_12345678",
    accountId: "acme",
    userId: null,
    name: "default",
    delegatedBy: null,
    scopes: null,
    createdAt: NOW,
    expiresAt: null,
    revokedAt: null,
    lastUsedAt: null,
    capMicrocents: null,
    period: null,
    alignment: "anchored",
    anchorAt: NOW,
    window: 0,
    windowStart: NOW,
    resetAt: null,
    spentMicrocents: 0,
    buckets: [],
    trueToSeq: 0,
    root: parent === null ? { seq: 0, greatestNow: NOW } : null,
    edited: null,
    ...columns,
  };
}

/** An open hold of a node. */
export function holdRow(id: string, node: NodeRow, columns: Partial<HoldRow> = {}): HoldRow {
  return {
    kind: "hold",
    id,
    tree: node.tree,
    node: node.id,
    amountMicrocents: 1_000_000,
    createdAt: NOW,
    expiresAt: NOW + 60_000,
    windows: node.path.split("/").map(() => 0),
    state: "open",
    endedAt: null,
    settled: null,
    ...columns,
  };
}

/** The entry of a charge of a node. */
export function entryRow(seq: number, node: NodeRow, columns: Partial<EntryRow> = {}): EntryRow {
  return {
    kind: "entry",
    tree: node.tree,
    seq,
    entryKind: "charge",
    node: node.id,
    at: NOW,
    amountMicrocents: 1_000_000,
    askedMicrocents: 1_000_000,
    windows: node.path.split("/").map(() => 0),
    hold: null,
    expiresAt: null,
    usedMicrocents: 1_000_000,
    remainingMicrocents: null,
    overdraftMicrocents: 0,
    late: false,
    command: `command-${node.tree}-${seq}`,
    idempotency: null,
    metadata: null,
    ...columns,
  };
}

/** A check that a row is as it was read, or absent if it never was. */
export function checkOf(row: Draft): Check {
  if (row.kind === "entry") throw new Unmet("an entry is checked by its idempotency key");
  const ref: RowRef = row.kind === "node" ? { node: row.id } : { hold: row.id };
  return { ref, version: row.version ?? null };
}

/** A row as it is put: without the version that it was read with. */
export function plain(row: Draft): Row {
  const { version: _version, ...rest } = row;
  return rest;
}

/** What a commit says beside its rows: of a process without a name, at a time that nobody compares. */
export function terms(tree: number): Omit<Commit, "checks" | "puts"> {
  return { tree, now: NOW, clock: "injected", owner: "process", claims: false };
}

/** A commit that puts `rows` and checks each node and hold among them, and `also`. */
export function commitOf(tree: number, rows: readonly Draft[], also: readonly Check[] = []): Commit {
  const checked = rows.filter((row) => row.kind !== "entry").map(checkOf);
  return { ...terms(tree), checks: [...checked, ...also], puts: rows.map(plain) };
}

/** A commit of checks alone. */
export function checksOnly(tree: number, checks: readonly Check[]): Commit {
  return { ...terms(tree), checks, puts: [] };
}

/** One commit's result. */
export async function commit(store: Store, one: Commit): Promise<CommitResult> {
  const { results } = await store.commit([one]);
  const result = results[0];
  if (results.length !== 1 || result === undefined) throw new Unmet(`one commit gave ${results.length} results`);
  return result;
}

/** Puts rows, which must succeed; gives them with their versions. */
export async function put<const Rows extends readonly Draft[]>(
  store: Store,
  tree: number,
  rows: Rows,
  also: readonly Check[] = [],
): Promise<{ -readonly [Index in keyof Rows]: StoredOf<Rows[Index]> }> {
  const result = await commit(store, commitOf(tree, rows, also));
  if (!result.ok) throw new Unmet(`rows of tree ${tree} that nobody else writes were refused`);
  const stored = rows.map((row, index) => ({ ...plain(row), version: result.versions[index] }));
  return stored as { -readonly [Index in keyof Rows]: StoredOf<Rows[Index]> };
}

/** What one ref gives. */
export async function read(store: Store, ref: Ref): Promise<readonly Stored[]> {
  const { chains } = await store.read([ref]);
  const chain = chains[0];
  if (chains.length !== 1 || chain === undefined) throw new Unmet(`one ref gave ${chains.length} chains`);
  return chain;
}

/** The node that a ref ends in. */
export async function readNode(store: Store, ref: Ref): Promise<Stored<NodeRow>> {
  const node = (await read(store, ref)).at(-1);
  if (node?.kind !== "node") throw new Unmet("a ref to a node gave no node");
  return node;
}

/** The next fresh id. */
export async function freshId(store: Store): Promise<number> {
  const [id] = await store.allocate(1);
  if (id === undefined) throw new Unmet("one id was asked for, none was given");
  return id;
}

/** A fresh root. */
export async function newRoot(store: Store, columns: Partial<NodeRow> = {}): Promise<Stored<NodeRow>> {
  const id = await freshId(store);
  const [row] = await put(store, id, [nodeRow(id, null, columns)]);
  return row;
}

/** A fresh child. Gives it and its root as they are afterwards. */
export async function newChild(
  store: Store,
  parent: NodeRow,
  columns: Partial<NodeRow> = {},
): Promise<{ root: Stored<NodeRow>; child: Stored<NodeRow> }> {
  const id = await freshId(store);
  const above = await readNode(store, { id: parent.tree });
  const [root, child] = await put(store, parent.tree, [above, nodeRow(id, parent, columns)]);
  return { root, child };
}

/** A tree of a root and a child, with a hold and two entries. */
export async function newTree(store: Store): Promise<{
  root: Stored<NodeRow>;
  child: Stored<NodeRow>;
  hold: Stored<HoldRow>;
  charge: Stored<EntryRow>;
  reserve: Stored<EntryRow>;
}> {
  const top = await newRoot(store, { hash: freshHash() });
  const { root: above, child } = await newChild(store, top, { hash: freshHash(), subject: fresh("child") });
  const open = holdRow(fresh("hold"), child);
  const [root, hold, charge, reserve] = await put(store, above.tree, [
    above,
    open,
    entryRow(1, child, { idempotency: { method: "charge", key: "k" } }),
    entryRow(2, child, { entryKind: "reserve", hold: open.id, idempotency: { method: "reserve", key: "k" } }),
  ]);
  return { root, child, hold, charge, reserve };
}

/** Every page of a listing, `limit` rows at a time. */
export async function listAll(store: Store, query: ListQuery, limit: number): Promise<Stored[]> {
  const rows: Stored[] = [];
  let cursor: string | null = null;
  do {
    const page: Awaited<ReturnType<Store["list"]>> = await store.list(query, { cursor, limit });
    if (page.rows.length > limit) throw new Unmet(`a page of ${limit} has ${page.rows.length} rows`);
    if (page.rows.length === 0 && page.cursor !== null) throw new Unmet("a page without rows is not the last");
    rows.push(...page.rows);
    cursor = page.cursor;
  } while (cursor !== null);
  return rows;
}

/** The `seq`s of a tree's entries. */
export async function seqsOf(store: Store, tree: number, limit: number): Promise<number[]> {
  const rows = await listAll(store, { entries: { tree } }, limit);
  return rows.flatMap((row) => (row.kind === "entry" ? [row.seq] : []));
}

/** The ids of listed nodes. */
export function idsOf(rows: readonly Stored[]): number[] {
  return rows.flatMap((row) => (row.kind === "node" ? [row.id] : []));
}

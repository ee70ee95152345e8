/** A store in this process's memory: for tests, demonstrations and single processes. */
import type {
  Check,
  Commit,
  CommitResult,
  EntryRef,
  EntryRow,
  HoldRow,
  ListQuery,
  NodeRow,
  Page,
  Ref,
  Row,
  RowRef,
  Store,
  Stored,
  Version,
} from "../store/contract.js";
import { CLAIM_MS, checkCommits, checkCount, checkPage } from "../store/shape.js";

/** How often a claim turns others away: it must end too where a clock stands still, since this store has no own. */
const TURNED_AWAY_MAX = 100;

/** A tree that somebody keeps for himself. */
interface Claim {
  readonly owner: string;
  readonly until: number;
  turnedAway: number;
}

/** Everything that the store holds. */
interface Tables {
  readonly nodes: Map<number, Stored<NodeRow>>;
  /** The ids of the nodes, in their order, so that a page costs what it shows. */
  readonly ids: number[];
  readonly byHash: Map<string, number>;
  readonly bySubject: Map<string, number>;
  readonly holds: Map<string, Stored<HoldRow>>;
  /** A tree's entries; the one with `seq` n stands at n − 1. They never change, so they are kept as they came. */
  readonly entries: Map<number, EntryRow[]>;
  readonly byIdempotency: Map<string, EntryRow>;
  /** The trees that somebody keeps for himself, by the time of commits. */
  readonly claims: Map<number, Claim>;
  /** The greatest id that was given, or that somebody chose himself: none up to it is given again. */
  lastId: number;
}

/**
 * A store in memory. Its rows go with the process; two `AgentKey`s on one store share them.
 *
 * @example
 * ```ts
 * import { AgentKey } from "keyrail";
 * import { memory } from "keyrail/stores/memory";
 *
 * const ak = new AgentKey({ store: memory() });
 * ```
 */
export function memory(): Store {
  const tables: Tables = {
    nodes: new Map(),
    ids: [],
    byHash: new Map(),
    bySubject: new Map(),
    holds: new Map(),
    entries: new Map(),
    byIdempotency: new Map(),
    claims: new Map(),
    lastId: 0,
  };
  let lastVersion = 0;
  const nextVersion = (): Version => ++lastVersion;
  return {
    read: async (refs) => ({ chains: refs.map((ref) => readRef(tables, ref)), storeNow: null }),
    commit: async (commits) => {
      checkCommits(commits);
      return { results: commits.map((commit) => claimOrApply(tables, commit, nextVersion)), storeNow: null };
    },
    allocate: async (n) => {
      checkCount(n);
      const ids = Array.from({ length: n }, (_, index) => tables.lastId + index + 1);
      tables.lastId += n;
      return ids;
    },
    list: async (query, page) => listRows(tables, query, page),
    migrate: async () => [],
  };
}

/** Names an idempotency key within the store. */
function keyName(ref: Exclude<EntryRef, { command: string }>): string {
  return `${ref.node} ${ref.method} ${ref.key}`;
}

/** An entry as it is read. It is put once, so its place among the entries is version enough. */
function storedEntry(entry: EntryRow): Stored<EntryRow> {
  return { ...entry, version: entry.seq };
}

function findEntry(tables: Tables, ref: EntryRef): EntryRow | undefined {
  if (!("command" in ref)) return tables.byIdempotency.get(keyName(ref));
  // Only a commit of unknown outcome asks for its command, and soon: an index would cost every charge.
  const entries = tables.entries.get(ref.tree) ?? [];
  for (let place = entries.length - 1; place >= 0; place -= 1) {
    if (entries[place]?.command === ref.command) return entries[place];
  }
  return undefined;
}

/** The rows of a node's chain, root first; a missing one leaves a gap that the reader sees. */
function chainOf(tables: Tables, id: number | undefined): Stored<NodeRow>[] {
  const chain: Stored<NodeRow>[] = [];
  let next = id === undefined ? undefined : tables.nodes.get(id);
  while (next !== undefined) {
    chain.unshift(next);
    next = next.parentId === null ? undefined : tables.nodes.get(next.parentId);
  }
  return chain;
}

function readRef(tables: Tables, ref: Ref): Stored[] {
  if ("hash" in ref) return chainOf(tables, tables.byHash.get(ref.hash));
  if ("subject" in ref) return chainOf(tables, tables.bySubject.get(ref.subject));
  if ("id" in ref) return chainOf(tables, ref.id);
  if ("hold" in ref) {
    const hold = tables.holds.get(ref.hold);
    return hold === undefined ? [] : [...chainOf(tables, hold.node), hold];
  }
  const entry = findEntry(tables, ref.entry);
  if (entry === undefined) return [];
  const hold = entry.hold === null ? undefined : tables.holds.get(entry.hold);
  return [...chainOf(tables, entry.node), ...(hold === undefined ? [] : [hold]), storedEntry(entry)];
}

function current(tables: Tables, ref: RowRef): Stored | undefined {
  if ("node" in ref) return tables.nodes.get(ref.node);
  if ("hold" in ref) return tables.holds.get(ref.hold);
  const entry = findEntry(tables, ref.entry);
  return entry === undefined ? undefined : storedEntry(entry);
}

function failed(tables: Tables, check: Check): boolean {
  const version = current(tables, check.ref)?.version ?? null;
  return version !== check.version;
}

/** The owner of a hash or subject that a new or changed node would take from it. */
function clashes(tables: Tables, puts: readonly Row[]): Stored[] {
  const owners: Stored[] = [];
  for (const row of puts) {
    if (row.kind !== "node") continue;
    const byHash = row.hash === null ? undefined : tables.byHash.get(row.hash);
    const bySubject = row.subject === null ? undefined : tables.bySubject.get(row.subject);
    for (const id of [byHash, bySubject]) {
      const owner = id === undefined || id === row.id ? undefined : tables.nodes.get(id);
      if (owner !== undefined) owners.push(owner);
    }
  }
  return owners;
}

/** Keeps others from a tree that is claimed, and claims it for a commit that is refused and asks for it. */
function claimOrApply(tables: Tables, commit: Commit, nextVersion: () => Version): CommitResult {
  const { tree, owner, now } = commit;
  const claim = tables.claims.get(tree);
  if (claim !== undefined && claim.owner !== owner && now < claim.until && claim.turnedAway < TURNED_AWAY_MAX) {
    claim.turnedAway += 1;
    return { ok: false, busy: true };
  }
  const result = applyCommit(tables, commit, nextVersion);
  if (!result.ok && commit.claims) tables.claims.set(tree, { owner, until: now + CLAIM_MS, turnedAway: 0 });
  else if (claim !== undefined) tables.claims.delete(tree);
  return result;
}

function applyCommit(tables: Tables, commit: Commit, nextVersion: () => Version): CommitResult {
  const stale = commit.checks.filter((check) => failed(tables, check));
  const owners = clashes(tables, commit.puts);
  if (stale.length > 0 || owners.length > 0) {
    const behind = stale.map((check) => current(tables, check.ref)).filter((row) => row !== undefined);
    return { ok: false, rows: [...behind, ...owners] };
  }
  return { ok: true, versions: commit.puts.map((row) => put(tables, row, nextVersion)) };
}

function put(tables: Tables, row: Row, nextVersion: () => Version): Version {
  if (row.kind === "entry") return putEntry(tables, row);
  const version = nextVersion();
  if (row.kind === "node") putNode(tables, { ...row, version });
  else tables.holds.set(row.id, { ...row, version });
  return version;
}

function putNode(tables: Tables, row: Stored<NodeRow>): void {
  const before = tables.nodes.get(row.id);
  if (before !== undefined && before.hash !== null && before.hash !== row.hash) tables.byHash.delete(before.hash);
  if (before !== undefined && before.subject !== null && before.subject !== row.subject) {
    tables.bySubject.delete(before.subject);
  }
  // Ids are committed in nearly the order in which they are given.
  if (before === undefined) tables.ids.splice(placeAfter(tables.ids, row.id), 0, row.id);
  tables.nodes.set(row.id, row);
  tables.lastId = Math.max(tables.lastId, row.id);
  if (row.hash !== null) tables.byHash.set(row.hash, row.id);
  if (row.subject !== null) tables.bySubject.set(row.subject, row.id);
}

function putEntry(tables: Tables, row: EntryRow): Version {
  const entries = tables.entries.get(row.tree);
  if (entries === undefined) tables.entries.set(row.tree, [row]);
  else entries.push(row);
  if (row.idempotency !== null) tables.byIdempotency.set(keyName({ node: row.node, ...row.idempotency }), row);
  return row.seq;
}

function listRows(tables: Tables, query: ListQuery, page: { cursor: string | null; limit: number }): Page {
  const after = checkPage(page);
  if ("entries" in query) {
    const entries = tables.entries.get(query.entries.tree) ?? [];
    const rows = entries.slice(after, after + page.limit).map(storedEntry);
    const last = rows.at(-1);
    return { rows, cursor: last === undefined || after + rows.length >= entries.length ? null : String(last.seq) };
  }
  const rows: Stored<NodeRow>[] = [];
  for (let place = placeAfter(tables.ids, after); place < tables.ids.length; place += 1) {
    const row = tables.nodes.get(tables.ids[place] as number);
    if (row === undefined || !matches(query, row)) continue;
    if (rows.length === page.limit) return { rows, cursor: String(rows.at(-1)?.id) };
    rows.push(row);
  }
  return { rows, cursor: null };
}

/** Where the first id greater than `id` stands, or would. */
function placeAfter(ids: readonly number[], id: number): number {
  let from = 0;
  let to = ids.length;
  while (from < to) {
    const middle = (from + to) >> 1;
    if ((ids[middle] as number) <= id) from = middle + 1;
    else to = middle;
  }
  return from;
}

function matches(query: Exclude<ListQuery, { entries: unknown }>, row: NodeRow): boolean {
  if ("account" in query) return row.accountId === query.account;
  const { tree, path } = query.subtree;
  return row.tree === tree && (row.path === path || row.path.startsWith(`${path}/`));
}

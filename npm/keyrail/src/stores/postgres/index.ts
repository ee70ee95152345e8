/** A store in Postgres, on the very table that agentkey's users have. */
import { KeyrailError } from "../../errors.js";
import type {
  Commit,
  CommitResult,
  ListQuery,
  NodeRow,
  Page,
  Row,
  Store,
  Stored,
  Version,
} from "../../store/contract.js";
import { IDENTITY, KnownRows } from "../../store/known-rows.js";
import { checkCommits, checkCount, checkPage } from "../../store/shape.js";
import { ARGUMENTS, argumentsOf } from "./columns.js";
import { isPassing, type Queries, type Queryable, queriesOver } from "./queries.js";
import { readArguments, readStatement } from "./read-sql.js";
import { entryJson, nodeJson } from "./row-sql.js";
import { type RowJson, rowOf } from "./rows.js";
import { migration } from "./schema.js";
import { literal, type TableNames, tableNames } from "./table-names.js";

export type { Queryable } from "./queries.js";

/** What no charge changes. */
const STEADY = [
  ...IDENTITY,
  "createdAt",
  "expiresAt",
  "revokedAt",
  "capMicrocents",
  "period",
  "alignment",
] as const satisfies readonly (keyof NodeRow)[];

/** How a store in Postgres is set up. */
export interface PostgresOptions {
  /** The table of keys, with its schema if it is not in the search path; default `sdk_api_keys`. */
  readonly tableName?: string;
  /** Whether statements are prepared by name; `false` behind a pooler that gives out single transactions. */
  readonly prepare?: boolean;
}

/**
 * A store in Postgres: one call a batch, rows that people can read and edit with plain SQL.
 *
 * @param poolOrQuery a `pg` Pool, a Client outside a transaction, PGlite, or anything with their `query`
 * @throws KeyrailError `invalid_table_name`, `invalid_option`
 * @example
 * ```ts no-run
 * import pg from "pg";
 * import { AgentKey } from "keyrail";
 * import { postgres } from "keyrail/stores/postgres";
 *
 * const ak = new AgentKey({ store: postgres(new pg.Pool(), { tableName: "sdk_api_keys" }) });
 * await ak.migrate();
 * ```
 */
export function postgres(poolOrQuery: Queryable, options: PostgresOptions = {}): Store {
  const names = tableNames(options.tableName ?? "sdk_api_keys");
  const queries = queriesOver(poolOrQuery, options.prepare);
  const reading = readStatement(names);
  const committing = `SELECT line FROM ${names.commit}(${ARGUMENTS}) AS line`;
  const allocating = allocateStatement(names);
  const known = new KnownRows(STEADY);
  const taken = (json: RowJson): Stored => {
    const row = rowOf(json);
    if (row.kind === "node" && "isWritten" in json && json.isWritten) known.note(row, row.version);
    return row;
  };
  return {
    read: async (refs) => {
      const chains: Stored[][] = refs.map(() => []);
      let storeNow: number | null = null;
      for (const line of await queries.lines("keyrail_read", reading, readArguments(refs))) {
        const [no, row] = JSON.parse(line);
        if (no === -1) storeNow = row;
        else chains[no]?.push(taken(row));
      }
      return { chains, storeNow };
    },
    commit: async (commits) => {
      checkCommits(commits);
      if (commits.length === 0) return { results: [], storeNow: null };
      const values = argumentsOf(commits, (row, check) => known.hasSteady(row, check.version));
      let lines: string[];
      try {
        lines = await queries.lines("keyrail_commit", committing, values);
      } catch (fault) {
        if (!isPassing(fault)) throw fault;
        return { results: commits.map(() => ({ ok: false, busy: true })), storeNow: null };
      }
      const answer = resultsOf(commits, lines, taken);
      answer.results.forEach((result, no) => {
        if (result.ok) noteAll(known, commits[no]?.puts ?? [], result.versions);
      });
      return answer;
    },
    allocate: async (n) => {
      checkCount(n);
      const ids: number[] = [];
      // Somebody may have taken a number of the sequence for himself: such are passed over.
      while (ids.length < n) {
        ids.push(...(await queries.lines("keyrail_allocate", allocating, [n - ids.length])).map(Number));
      }
      return ids;
    },
    list: (query, page) => listRows(queries, names, query, page),
    migrate: async ({ dryRun }) => {
      const statement = migration(names);
      if (!dryRun) await queries.run(statement).catch(blockedMigration);
      return [statement];
    },
  };
}

function blockedMigration(fault: unknown): never {
  if (!isPassing(fault)) throw fault;
  const message = "an open transaction keeps the table from being changed, and nothing was; end it and migrate again";
  throw new KeyrailError("migration_blocked", message, { cause: fault });
}

function allocateStatement({ keys }: TableNames): string {
  const sequence = `pg_get_serial_sequence(${literal(keys)}, 'id')`;
  return `SELECT a.id::text AS line FROM (SELECT nextval(${sequence}) AS id FROM generate_series(1, $1::int)) a WHERE NOT EXISTS (SELECT FROM ${keys} k WHERE k.id = a.id)`;
}

function noteAll(known: KnownRows, puts: readonly Row[], versions: readonly Version[]): void {
  puts.forEach((row, index) => {
    const version = versions[index];
    if (row.kind === "node" && version !== undefined) known.note(row, version);
  });
}

/** The function's lines as results. */
function resultsOf(
  commits: readonly Commit[],
  lines: readonly string[],
  taken: (json: RowJson) => Stored,
): { results: CommitResult[]; storeNow: number } {
  const outcomes = new Map<number, string>();
  const rows = new Map<number, Stored[]>();
  let storeNow = 0;
  let version = "";
  for (const line of lines) {
    const [word, ...rest] = JSON.parse(line);
    if (word === "t") [storeNow, version] = rest;
    else if (word === "row") rows.set(rest[0], [...(rows.get(rest[0]) ?? []), taken(rest[1])]);
    else outcomes.set(rest[0], word);
  }
  const results = commits.map(({ puts }, no): CommitResult => {
    const outcome = outcomes.get(no);
    if (outcome === undefined) return { ok: true, versions: puts.map(() => version) };
    if (outcome === "busy") return { ok: false, busy: true };
    return outcome === "off" ? { ok: false, clockOff: true } : { ok: false, rows: rows.get(no) ?? [] };
  });
  return { results, storeNow };
}

/** One row more than the page tells whether there is another. */
async function listRows(
  queries: Queries,
  names: TableNames,
  query: ListQuery,
  page: { readonly cursor: string | null; readonly limit: number },
): Promise<Page> {
  const after = checkPage(page);
  const lines = await queries.lines(...listing(names, query, after, page.limit + 1));
  const rows = lines.slice(0, page.limit).map((line) => rowOf(JSON.parse(line)));
  const last = rows.at(-1);
  const isLast = lines.length <= page.limit || last === undefined;
  return { rows, cursor: isLast ? null : String(last.kind === "entry" ? last.seq : last.id) };
}

function listing(
  { keys, entries }: TableNames,
  query: ListQuery,
  after: number,
  limit: number,
): [name: string, text: string, values: unknown[]] {
  if ("entries" in query) {
    const text = `SELECT ${entryJson("e")}::text AS line FROM ${entries} e WHERE e.tree = $1::bigint AND e.seq > $2::bigint ORDER BY e.seq LIMIT $3::int`;
    return ["keyrail_list_entries", text, [query.entries.tree, after, limit]];
  }
  const from = `SELECT ${nodeJson("k")}::text AS line FROM ${keys} k`;
  const end = "AND k.id > $2::bigint ORDER BY k.id LIMIT $3::int";
  if ("account" in query) {
    return ["keyrail_list_account", `${from} WHERE k.account_id = $1 ${end}`, [query.account, after, limit]];
  }
  const { tree, path } = query.subtree;
  const inTree = "(k.keyrail_tree = $1::bigint OR (k.id = $1::bigint AND k.keyrail_tree IS NULL))";
  const below = "(coalesce(k.keyrail_path, k.id::text) = $4 OR starts_with(k.keyrail_path, $4 || '/'))";
  return ["keyrail_list_subtree", `${from} WHERE ${inTree} AND ${below} ${end}`, [tree, after, limit, path]];
}

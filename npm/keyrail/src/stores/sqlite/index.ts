/** A store in one SQLite file, for one process or several on one machine. */
import { sqliteAddon } from "#sqlite";
import { KeyrailError } from "../../errors.js";
import type { Commit, CommitResult, Store, Stored } from "../../store/contract.js";
import { IDENTITY, KnownRows } from "../../store/known-rows.js";
import { checkCommits, checkCount, checkPage } from "../../store/shape.js";
import { CommitWriter } from "./packed.js";
import { nameOf, type RowText, rowOf } from "./rows.js";

/** How a store in SQLite is set up. */
export interface SqliteOptions {
  /**
   * `"full"`, the default: what was answered survives a power failure. `"normal"`: a power failure, not the
   * end of a process, may take the last commits with it, each whole.
   */
  readonly synchronous?: "full" | "normal";
}

/** A store in a file, which whoever made it closes. */
export interface SqliteStore extends Store {
  /** Closes the file when the calls under way are done. Later ones fail with `store_closed`. */
  close(): Promise<void>;
}

/** What the addon answers. */
type Answer<T> =
  | { readonly ok: T }
  | { readonly fault: { readonly code: string; readonly message: string; readonly definite: boolean } };

/**
 * A store in one SQLite file, which is made where it is missing, with its tables. Opened by the first call.
 *
 * @param path of a file of its own, on a local disk; beside it SQLite keeps `-wal` and `-shm`
 * @throws KeyrailError `addon_unavailable`, `invalid_option`
 * @example
 * ```ts no-run
 * import { AgentKey } from "keyrail";
 * import { sqlite } from "keyrail/stores/sqlite";
 *
 * const store = sqlite("keys.db");
 * const ak = new AgentKey({ store });
 * process.on("SIGTERM", () => void ak.close().then(() => store.close()));
 * ```
 */
export function sqlite(path: string, options: SqliteOptions = {}): SqliteStore {
  checkPath(path);
  const synchronous = options?.synchronous ?? "full";
  if (synchronous !== "full" && synchronous !== "normal") {
    throw new KeyrailError("invalid_option", 'synchronous is "full" or "normal"');
  }
  const { SqliteFile, sqliteStatements } = sqliteAddon();
  const file = new SqliteFile(path, synchronous === "full");
  const known = new KnownRows(IDENTITY);
  const writer = new CommitWriter((row, version) => known.hasSteady(row, version));
  const call = async <T>(operation: string, input: unknown): Promise<T> =>
    resultOf(await (file.call(operation, JSON.stringify(input)) as Promise<string>));
  return {
    read: async (refs) => {
      const { chains, storeNow } = await call<{ chains: RowText[][]; storeNow: number }>("read", refs.map(nameOf));
      return { chains: chains.map((chain) => chain.map(rowOf)), storeNow };
    },
    commit: async (commits) => {
      checkCommits(commits);
      if (commits.length === 0) return { results: [], storeNow: null };
      const { numbers, length, texts } = writer.write(commits);
      const answer = await file.commit(numbers, length, texts);
      const { results, storeNow } = resultOf<{ results: ResultText[]; storeNow: number }>(answer);
      results.forEach((result, no) => {
        if (result.ok) noteNodes(known, commits[no], result);
      });
      return { results: results.map(commitResultOf), storeNow };
    },
    allocate: async (n) => {
      checkCount(n);
      return n === 0 ? [] : call<number[]>("allocate", n);
    },
    list: async (query, page) => {
      const after = checkPage(page);
      const input = { query, after, limit: page.limit };
      const { rows, isMore } = await call<{ rows: RowText[]; isMore: boolean }>("list", input);
      const last = rows.at(-1);
      const cursor = isMore && last !== undefined ? String(last.kind === "entry" ? last.seq : last.id) : null;
      return { rows: rows.map(rowOf), cursor };
    },
    migrate: async ({ dryRun }) => (dryRun ? sqliteStatements() : call<string[]>("migrate", null)),
    close: async () => {
      await file.close();
    },
  };
}

/** Takes in what this process wrote itself: of rows by other hands some columns may still be missing. */
function noteNodes(known: KnownRows, commit: Commit | undefined, { versions }: CommitResult & { ok: true }): void {
  commit?.puts.forEach((row, index) => {
    const version = versions[index];
    if (row.kind === "node" && version !== undefined) known.note(row, version);
  });
}

/** A result whose rows are as the addon gives them. */
type ResultText =
  | Exclude<CommitResult, { readonly rows: unknown }>
  | { readonly ok: false; readonly rows: readonly RowText[] };

function commitResultOf(result: ResultText): CommitResult {
  return "rows" in result ? { ok: false, rows: result.rows.map((row): Stored => rowOf(row)) } : result;
}

/** What the addon answered. A fault after which something may have been written is no `KeyrailError`: the loop looks. */
function resultOf<T>(text: string): T {
  const answer = JSON.parse(text) as Answer<T>;
  if ("ok" in answer) return answer.ok;
  const { code, message, definite } = answer.fault;
  if (definite) throw new KeyrailError(code, message);
  throw Object.assign(new Error(message), { code });
}

function checkPath(path: unknown): void {
  if (typeof path !== "string" || path === "" || path.includes("\0") || !path.isWellFormed()) {
    throw new KeyrailError("invalid_option", "sqlite() needs the path of a file");
  }
  if (path === ":memory:" || path.startsWith("file:")) {
    throw new KeyrailError(
      "invalid_option",
      "sqlite() needs the path of a file, not a name of SQLite's own; for a store in memory use memory()",
    );
  }
}

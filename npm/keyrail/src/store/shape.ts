/** What every store refuses before it looks at a row: whatever breaks the contract's shape. */
import { KeyrailError } from "../errors.js";
import type { Commit, Version } from "./contract.js";

/** How long a claim keeps other processes from a tree, in ms. */
export const CLAIM_MS = 200;
/** How far the clock of a process may be from a store's own, in ms. */
export const CLOCK_OFF_MAX_MS = 60_000;
/** The most ids that one call gives, and the most rows of one page. */
const COUNT_MAX = 1_000_000;

/**
 * Checks that a batch has at most one commit a tree and that each commit is well formed: every put
 * is checked, at most one node is new, and whatever adds a row also checks and puts the root.
 *
 * @throws KeyrailError `invalid_commit`
 */
export function checkCommits(commits: readonly Commit[]): void {
  const trees = new Set<number>();
  for (const commit of commits) {
    if (trees.has(commit.tree)) refuse(commit, "a batch holds at most one commit for a tree; merge the two");
    trees.add(commit.tree);
    checkCommit(commit);
  }
}

/** @throws KeyrailError `invalid_count` */
export function checkCount(n: number): void {
  if (Number.isSafeInteger(n) && n >= 0 && n <= COUNT_MAX) return;
  throw new KeyrailError("invalid_count", `ids are allocated 0 to ${COUNT_MAX} at a time; got ${String(n)}`);
}

/**
 * Checks how much of a listing is asked for. Gives the number that its cursor stands for: the id
 * or `seq` of the last row before the page.
 *
 * @throws KeyrailError `invalid_limit`, `invalid_cursor`
 */
export function checkPage(page: { readonly cursor: string | null; readonly limit: number }): number {
  if (!Number.isSafeInteger(page.limit) || page.limit < 1 || page.limit > COUNT_MAX) {
    throw new KeyrailError("invalid_limit", `a page has 1 to ${COUNT_MAX} rows; got ${String(page.limit)}`);
  }
  const after = page.cursor === null ? 0 : Number(page.cursor);
  if (Number.isSafeInteger(after) && after >= 0) return after;
  throw new KeyrailError("invalid_cursor", "the cursor is not one that a listing gave; pass it back unchanged");
}

/** In place of the version of a check whose row was put. */
const PUT = Symbol("put");
type Checked<Id> = Map<Id, Version | null | typeof PUT>;

function checkCommit(commit: Commit): void {
  const nodes: Checked<number> = new Map();
  const holds: Checked<string> = new Map();
  for (const { ref, version } of commit.checks) {
    if ("node" in ref) nodes.set(ref.node, version);
    else if ("hold" in ref) holds.set(ref.hold, version);
  }
  let newNodes = 0;
  let adds = false;
  let putsRoot = false;
  for (const row of commit.puts) {
    if (row.tree !== commit.tree) refuse(commit, "a commit puts rows of its own tree only");
    if (row.kind === "entry") adds = true;
    else if (row.kind === "hold") adds = takePut(commit, holds, row.id) || adds;
    else {
      if (takePut(commit, nodes, row.id)) {
        adds = true;
        newNodes += 1;
      }
      putsRoot ||= row.id === commit.tree;
    }
  }
  if (newNodes > 1) refuse(commit, "a commit adds at most one node");
  if (adds && !putsRoot) refuse(commit, "a commit that adds a row checks and puts the root of its tree");
}

/** Notes the put of a row, which is checked and put once. Whether the row is new. */
function takePut<Id>(commit: Commit, checked: Checked<Id>, id: Id): boolean {
  const version = checked.get(id);
  if (version === PUT) refuse(commit, "a commit puts a row once");
  if (version === undefined) refuse(commit, "every put of a node or a hold is checked");
  checked.set(id, PUT);
  return version === null;
}

function refuse(commit: Commit, message: string): never {
  throw new KeyrailError("invalid_commit", `commit for tree ${commit.tree}: ${message}`);
}

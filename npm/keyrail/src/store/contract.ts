/**
 * The contract between the request loop and a store: versions, not money.
 *
 * A store keeps typed rows and compares and sets their versions; every money rule is in the core.
 * The laws that each implementation keeps stand in ARCHITECTURE.md; `testStore` of `keyrail/testing` shows them.
 */

/** What a store says of a row's state; any change of the row changes it. */
export type Version = number | string;

/** Money held until one instant. */
export interface Bucket {
  /** The instant from which it no longer counts, in ms. */
  readonly expiresAt: number;
  readonly heldMicrocents: number;
}

/** A key or subject, its grant and its budget. */
export interface NodeRow {
  readonly kind: "node";
  readonly id: number;
  /** The id of its root. */
  readonly tree: number;
  readonly parentId: number | null;
  /** The ids root→self, joined by `/`. */
  readonly path: string;
  /** SHA-256 of the secret; `null` for a subject without one. */
  readonly hash: string | null;
  /** The outside identity bound to it. */
  readonly subject: string | null;
  readonly keyPrefix: string;
  /** `""` where a row that somebody else made has none. */
  readonly accountId: string;
  readonly userId: string | null;
  readonly name: string;
  readonly delegatedBy: string | null;
  readonly scopes: readonly string[] | null;
  /** All times in ms. */
  readonly createdAt: number;
  readonly expiresAt: number | null;
  readonly revokedAt: number | null;
  readonly lastUsedAt: number | null;
  readonly capMicrocents: number | null;
  readonly period: "hour" | "day" | "week" | "month" | null;
  readonly alignment: "anchored" | "calendar";
  /** Whose day and time anchored windows keep. */
  readonly anchorAt: number;
  /** The ordinal of the current window; only a roll raises it. */
  readonly window: number;
  readonly windowStart: number;
  readonly resetAt: number | null;
  readonly spentMicrocents: number;
  readonly buckets: readonly Bucket[];
  /** The `seq` of the last entry that touched it. */
  readonly trueToSeq: number;
  /** On a root: the tree's entry counter and the greatest `now` committed in it. */
  readonly root: { readonly seq: number; readonly greatestNow: number } | null;
  /** What somebody else wrote into the columns that people see; a put has taken it in, so there it is `null`. */
  readonly edited: Edit | null;
}

/** The columns that people see, where they are not what was last put. */
export interface Edit {
  /** What is used, in whole cents. */
  readonly usedCents: number;
  /** The end of the window, in ms. */
  readonly resetAt: number | null;
}

/** Money set aside. */
export interface HoldRow {
  readonly kind: "hold";
  /** Opaque. */
  readonly id: string;
  readonly tree: number;
  readonly node: number;
  readonly amountMicrocents: number;
  readonly createdAt: number;
  readonly expiresAt: number;
  /** The window of each chain node, root first, in which it counts. */
  readonly windows: readonly number[];
  /** `open` until a command ends it; expiry follows from the time. */
  readonly state: "open" | "released" | "settled";
  readonly endedAt: number | null;
  readonly settled: {
    readonly costMicrocents: number;
    readonly overdraftMicrocents: number;
    readonly late: boolean;
  } | null;
}

/** What happened. */
export type EntryKind =
  | "charge"
  | "reserve"
  | "settle"
  | "release"
  | "extend"
  | "mint"
  | "revoke"
  | "set_budget"
  | "adjust";

/** What an accepted command leaves in the append-only ledger. */
export interface EntryRow {
  readonly kind: "entry";
  readonly tree: number;
  /** 1, 2, 3, … in its tree, without gaps. */
  readonly seq: number;
  readonly entryKind: EntryKind;
  readonly node: number;
  readonly at: number;
  readonly amountMicrocents: number;
  /** As the caller asked it, before rounding. */
  readonly askedMicrocents: number;
  /** The window of each chain node, root first, in which the amount counts. */
  readonly windows: readonly number[];
  readonly hold: string | null;
  readonly expiresAt: number | null;
  readonly usedMicrocents: number;
  readonly remainingMicrocents: number | null;
  readonly overdraftMicrocents: number;
  readonly late: boolean;
  /** The internal id of the command, by which a commit of unknown outcome is looked up. */
  readonly command: string;
  /** The idempotency key of a charge or a reserve, and which of the two. */
  readonly idempotency: { readonly method: "charge" | "reserve"; readonly key: string } | null;
  readonly metadata: Readonly<Record<string, string | number | boolean | null>> | null;
}

/** A row to be put. */
export type Row = NodeRow | HoldRow | EntryRow;

/** A row with the version that it has in the store. */
export type Stored<R extends Row = Row> = R & { readonly version: Version };

/** An entry by its command, or by an idempotency key. */
export type EntryRef =
  | { readonly tree: number; readonly command: string }
  | { readonly node: number; readonly method: "charge" | "reserve"; readonly key: string };

/** What to read: always the rows of a whole chain, root first, then the hold or entry itself. */
export type Ref =
  | { readonly hash: string }
  | { readonly subject: string }
  | { readonly id: number }
  | { readonly hold: string }
  | { readonly entry: EntryRef };

/** Names one row. */
export type RowRef =
  | { readonly node: number }
  | { readonly hold: string }
  | { readonly entry: { readonly node: number; readonly method: "charge" | "reserve"; readonly key: string } };

/** The version that a row must have; `null`: it must not exist. */
export interface Check {
  readonly ref: RowRef;
  readonly version: Version | null;
}

/** Rows to be put if every check matches, all or nothing. Nobody changes a row that was put: a store may keep it as it is. */
export interface Commit {
  readonly tree: number;
  /** The latest time a decision in it was made at, in ms. */
  readonly now: number;
  /** Whose time that is: of the system's a store with a clock of its own does not take any. */
  readonly clock: "system" | "injected";
  /** Names the process. */
  readonly owner: string;
  /** Whether a commit that is not carried out keeps its tree for its owner, for `CLAIM_MS`. */
  readonly claims: boolean;
  readonly checks: readonly Check[];
  readonly puts: readonly Row[];
}

/** What became of a commit. */
export type CommitResult =
  /** The new version of each put, in its order. */
  | { readonly ok: true; readonly versions: readonly Version[] }
  /** The current rows behind every failed check that exist, and the owner of a clashing hash or subject. */
  | { readonly ok: false; readonly rows: readonly Stored[] }
  /** A row could not be locked, or somebody else keeps the tree. */
  | { readonly ok: false; readonly busy: true }
  /** Its `now` is more than `CLOCK_OFF_MAX_MS` away from the store's. */
  | { readonly ok: false; readonly clockOff: true };

/** What to list. */
export type ListQuery =
  | { readonly subtree: { readonly tree: number; readonly path: string } }
  | { readonly account: string }
  | { readonly entries: { readonly tree: number } };

/** A part of a listing, and where the next one begins. */
export interface Page {
  readonly rows: readonly Stored[];
  readonly cursor: string | null;
}

/** Rows under compare-and-set. Every member is required. */
export interface Store {
  /** The rows behind each ref, root first; `[]` for an unknown one. */
  read(
    refs: readonly Ref[],
  ): Promise<{ readonly chains: readonly (readonly Stored[])[]; readonly storeNow: number | null }>;
  /** Each commit all or nothing; at most one a tree. */
  commit(
    commits: readonly Commit[],
  ): Promise<{ readonly results: readonly CommitResult[]; readonly storeNow: number | null }>;
  /** Fresh node ids, never given before. */
  allocate(n: number): Promise<readonly number[]>;
  /** For people: nodes by id, entries by `seq`. `limit` rows at most. */
  list(query: ListQuery, page: { readonly cursor: string | null; readonly limit: number }): Promise<Page>;
  /** Makes what the store needs; with `dryRun` only says it. */
  migrate(options: { readonly dryRun: boolean }): Promise<readonly string[]>;
}

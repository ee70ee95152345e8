/** Commits as the arguments that the committing function takes. */
import type { Check, Commit, EntryRow, HoldRow, NodeRow } from "../../store/contract.js";
import { arrayText, type Of, packOf, quoted, storable } from "./packs.js";
import { NO_HASH } from "./row-sql.js";

type NodeCheck = Check & { readonly ref: { readonly node: number } };
type HoldCheck = Check & { readonly ref: { readonly hold: string } };
type EntryCheck = Check & { readonly ref: { readonly entry: { node: number; method: string; key: string } } };

/** Entries that must not be there, or be as they were. */
export const ENTRY_CHECKS = packOf<EntryCheck>(
  "f",
  { node: ({ ref }) => ref.entry.node },
  { method: ({ ref }) => ref.entry.method, key: ({ ref }) => ref.entry.key, version: versionOf },
);

/** Nodes of which only those columns change that a charge changes. */
export const MONEY = packOf<NodeRow>(
  "m",
  {
    id: ({ id }) => id,
    last_used_at: ({ lastUsedAt }) => lastUsedAt,
    anchor_at: ({ anchorAt }) => anchorAt,
    window_no: ({ window }) => window,
    window_start: ({ windowStart }) => windowStart,
    reset_at: ({ resetAt }) => resetAt,
    spent: ({ spentMicrocents }) => spentMicrocents,
    true_to_seq: ({ trueToSeq }) => trueToSeq,
    seq: ({ root }) => root?.seq ?? null,
    now: ({ root }) => root?.greatestNow ?? null,
  },
  { buckets: (row) => arrayText(bucketNumbers(row)) },
);

/** Holds, whole. */
export const HOLDS = packOf<HoldRow>(
  "h",
  {
    tree: ({ tree }) => tree,
    node: ({ node }) => node,
    amount: ({ amountMicrocents }) => amountMicrocents,
    created_at: ({ createdAt }) => createdAt,
    expires_at: ({ expiresAt }) => expiresAt,
    ended_at: ({ endedAt }) => endedAt,
    settled_cost: ({ settled }) => settled?.costMicrocents ?? null,
    settled_overdraft: ({ settled }) => settled?.overdraftMicrocents ?? null,
    settled_late: ({ settled }) => (settled === null ? null : Number(settled.late)),
  },
  { id: ({ id }) => id, state: ({ state }) => state, windows: ({ windows }) => arrayText(windows) },
);

/** Entries, whole. */
export const ENTRIES = packOf<EntryRow>(
  "e",
  {
    tree: ({ tree }) => tree,
    seq: ({ seq }) => seq,
    node: ({ node }) => node,
    at: ({ at }) => at,
    amount: ({ amountMicrocents }) => amountMicrocents,
    asked: ({ askedMicrocents }) => askedMicrocents,
    expires_at: ({ expiresAt }) => expiresAt,
    used: ({ usedMicrocents }) => usedMicrocents,
    remaining: ({ remainingMicrocents }) => remainingMicrocents,
    overdraft: ({ overdraftMicrocents }) => overdraftMicrocents,
    late: ({ late }) => Number(late),
  },
  {
    kind: ({ entryKind }) => entryKind,
    command: ({ command }) => command,
    windows: ({ windows }) => arrayText(windows),
    hold: ({ hold }) => hold,
    method: ({ idempotency }) => idempotency?.method ?? null,
    key: ({ idempotency }) => idempotency?.key ?? null,
    metadata: ({ metadata }) => (metadata === null ? null : jsonOf(metadata)),
  },
);

/** The columns of a node that is put whole, which is rare: they travel as JSON, under these types. */
const WHOLE_NODE = {
  no: "int",
  is_new: "boolean",
  id: "int",
  tree: "bigint",
  parent: "bigint",
  path: "text",
  hash: "text",
  subject: "text",
  prefix: "text",
  account: "text",
  user_id: "text",
  name: "text",
  delegated_by: "text",
  scopes: "text[]",
  created_at: "bigint",
  expires_at: "bigint",
  revoked_at: "bigint",
  last_used_at: "bigint",
  cap: "bigint",
  period: "text",
  alignment: "text",
  anchor_at: "bigint",
  window_no: "bigint",
  window_start: "bigint",
  reset_at: "bigint",
  spent: "bigint",
  buckets: "bigint[]",
  true_to_seq: "bigint",
  seq: "bigint",
  now: "bigint",
};

function wholeNode(no: number, row: NodeRow, isNew: boolean): Readonly<Record<keyof typeof WHOLE_NODE, unknown>> {
  return {
    no,
    is_new: isNew,
    id: row.id,
    tree: row.tree,
    parent: row.parentId,
    path: row.path,
    hash: row.hash ?? `${NO_HASH}${row.id}`,
    subject: row.subject,
    prefix: row.keyPrefix,
    account: row.accountId,
    user_id: row.userId,
    name: row.name,
    delegated_by: row.delegatedBy,
    scopes: row.scopes,
    created_at: row.createdAt,
    expires_at: row.expiresAt,
    revoked_at: row.revokedAt,
    last_used_at: row.lastUsedAt,
    cap: row.capMicrocents,
    period: row.period,
    alignment: row.alignment,
    anchor_at: row.anchorAt,
    window_no: row.window,
    window_start: row.windowStart,
    reset_at: row.resetAt,
    spent: row.spentMicrocents,
    buckets: bucketNumbers(row),
    true_to_seq: row.trueToSeq,
    seq: row.root?.seq ?? null,
    now: row.root?.greatestNow ?? null,
  };
}

/** Nodes that are put whole, as a table `n`. */
export const WHOLE_NODES = `json_to_recordset(n_rows) AS n(${Object.entries(WHOLE_NODE)
  .map(([name, type]) => `${name} ${type}`)
  .join(", ")})`;

/** The commits themselves, as a table `b`. */
export const COMMITS = "unnest(b_no, b_tree, b_now, b_owner, b_claims) AS b(no, tree, now, owner, claims)";

/** The checks of nodes, as a table `c`. */
export const NODE_CHECKS = "unnest(c_no, c_id, c_version) AS c(no, id, version)";
/** The checks of holds, as a table `d`. */
export const HOLD_CHECKS = "unnest(d_no, d_id, d_version) AS d(no, id, version)";

const ALL: readonly (readonly [name: string, type: string])[] = [
  ["earliest", "bigint"],
  ["latest", "bigint"],
  ["b_no", "int[]"],
  ["b_tree", "bigint[]"],
  ["b_now", "bigint[]"],
  ["b_owner", "text[]"],
  ["b_claims", "boolean[]"],
  ["c_no", "int[]"],
  ["c_id", "int[]"],
  ["c_version", "xid[]"],
  ["d_no", "int[]"],
  ["d_id", "text[]"],
  ["d_version", "xid[]"],
  ...ENTRY_CHECKS.parameters,
  ...MONEY.parameters,
  ["n_rows", "json"],
  ...HOLDS.parameters,
  ...ENTRIES.parameters,
];

/** The function's parameters, as it declares them. */
export const PARAMETERS = ALL.map(([name, type]) => `${name} ${type}`).join(", ");

/** The function's arguments: texts, each cast to its type. */
export const ARGUMENTS = ALL.map(([, type], index) => `$${index + 1}::text::${type}`).join(", ");

/**
 * The arguments that carry these commits.
 *
 * @param changesMoneyOnly whether a put leaves the other columns as its row has them at that version
 */
export function argumentsOf(
  commits: readonly Commit[],
  changesMoneyOnly: (row: NodeRow, check: Check) => boolean,
): (string | null)[] {
  const nodeChecks: Of<NodeCheck>[] = [];
  const holdChecks: Of<HoldCheck>[] = [];
  const entryChecks: Of<EntryCheck>[] = [];
  const money: Of<NodeRow>[] = [];
  const whole: unknown[] = [];
  const holds: Of<HoldRow>[] = [];
  const entries: Of<EntryRow>[] = [];
  commits.forEach(({ checks, puts }, no) => {
    const checkOf = new Map<number, NodeCheck>();
    for (const item of checks) {
      if (isNodeCheck(item)) {
        nodeChecks.push({ no, item });
        checkOf.set(item.ref.node, item);
      } else if (isHoldCheck(item)) holdChecks.push({ no, item });
      else if (isEntryCheck(item)) entryChecks.push({ no, item });
    }
    for (const item of puts) {
      if (item.kind === "hold") holds.push({ no, item });
      else if (item.kind === "entry") entries.push({ no, item });
      else {
        const check = checkOf.get(item.id);
        if (check !== undefined && changesMoneyOnly(item, check)) money.push({ no, item });
        else whole.push(wholeNode(no, item, check?.version === null));
      }
    }
  });
  return [
    ...commitArguments(commits),
    ...checkArguments(
      nodeChecks.toSorted((a, b) => a.item.ref.node - b.item.ref.node),
      ({ ref }) => ref.node,
    ),
    ...checkArguments(holdChecks, ({ ref }) => quoted(ref.hold)),
    ...ENTRY_CHECKS.arguments(entryChecks),
    ...MONEY.arguments(money),
    whole.length === 0 ? null : jsonOf(whole),
    ...HOLDS.arguments(holds),
    ...ENTRIES.arguments(entries),
  ];
}

function commitArguments(commits: readonly Commit[]): (string | null)[] {
  const nows = commits.map(({ clock, now }) => (clock === "system" ? now : null));
  const system = nows.filter((now) => now !== null);
  return [
    system.length === 0 ? null : String(Math.min(...system)),
    system.length === 0 ? null : String(Math.max(...system)),
    arrayText(commits.map((_, no) => no)),
    arrayText(commits.map(({ tree }) => tree)),
    arrayText(nows),
    arrayText(commits.map(({ owner }) => quoted(owner))),
    arrayText(commits.map(({ claims }) => String(claims))),
  ];
}

function checkArguments<One extends Check>(
  checks: readonly Of<One>[],
  nameOf: (check: One) => string | number | null,
): (string | null)[] {
  if (checks.length === 0) return [null, null, null];
  return [
    arrayText(checks.map(({ no }) => no)),
    arrayText(checks.map(({ item }) => nameOf(item))),
    arrayText(checks.map(({ item }) => versionOf(item))),
  ];
}

function isNodeCheck(check: Check): check is NodeCheck {
  return "node" in check.ref;
}

function isHoldCheck(check: Check): check is HoldCheck {
  return "hold" in check.ref;
}

function isEntryCheck(check: Check): check is EntryCheck {
  return "entry" in check.ref;
}

/** JSON whose texts, members' names too, can all be stored. */
function jsonOf(value: unknown): string {
  return JSON.stringify(value, (name, member) => {
    storable(name);
    return typeof member === "string" ? storable(member) : member;
  });
}

function versionOf({ version }: Check): string | null {
  return version === null ? null : String(version);
}

function bucketNumbers({ buckets }: NodeRow): number[] {
  const numbers: number[] = [];
  for (const { expiresAt, heldMicrocents } of buckets) numbers.push(expiresAt, heldMicrocents);
  return numbers;
}

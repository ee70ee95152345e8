/** Commits as the parallel arrays that the committing function takes. */
import type { Check, Commit, EntryRow, HoldRow, NodeRow } from "../../store/contract.js";
import { NO_HASH } from "./row-sql.js";

/** One array of the function: its SQL type, and each item's value. */
interface Column<Item> {
  readonly name: string;
  /** The type of an item. A list of numbers or texts travels as text and is cast. */
  readonly type: "int" | "bigint" | "text" | "boolean";
  readonly value: (item: Item) => string | number | boolean | null;
}

/** An item and the number of its commit in the batch. */
interface Of<Item> {
  readonly no: number;
  readonly item: Item;
}

type NodePut = Of<NodeRow> & { readonly isNew: boolean };
type NodeCheck = Of<Check & { readonly ref: { readonly node: number } }>;
type HoldCheck = Of<Check & { readonly ref: { readonly hold: string } }>;
type EntryCheck = Of<Check & { readonly ref: { readonly entry: { node: number; method: string; key: string } } }>;

const COMMITS: readonly Column<Of<Commit>>[] = [
  { name: "b_no", type: "int", value: ({ no }) => no },
  { name: "b_tree", type: "bigint", value: ({ item }) => item.tree },
  { name: "b_now", type: "bigint", value: ({ item }) => (item.clock === "system" ? item.now : null) },
  { name: "b_owner", type: "text", value: ({ item }) => item.owner },
  { name: "b_claims", type: "boolean", value: ({ item }) => item.claims },
];

const NODE_CHECKS: readonly Column<NodeCheck>[] = [
  { name: "c_no", type: "int", value: ({ no }) => no },
  { name: "c_id", type: "int", value: ({ item }) => item.ref.node },
  { name: "c_version", type: "text", value: ({ item }) => versionText(item) },
];

const HOLD_CHECKS: readonly Column<HoldCheck>[] = [
  { name: "d_no", type: "int", value: ({ no }) => no },
  { name: "d_id", type: "text", value: ({ item }) => item.ref.hold },
  { name: "d_version", type: "text", value: ({ item }) => versionText(item) },
];

const ENTRY_CHECKS: readonly Column<EntryCheck>[] = [
  { name: "f_no", type: "int", value: ({ no }) => no },
  { name: "f_node", type: "bigint", value: ({ item }) => item.ref.entry.node },
  { name: "f_method", type: "text", value: ({ item }) => item.ref.entry.method },
  { name: "f_key", type: "text", value: ({ item }) => item.ref.entry.key },
  { name: "f_version", type: "text", value: ({ item }) => versionText(item) },
];

const NODES: readonly Column<NodePut>[] = [
  { name: "n_no", type: "int", value: ({ no }) => no },
  { name: "n_id", type: "int", value: ({ item }) => item.id },
  { name: "n_is_new", type: "boolean", value: ({ isNew }) => isNew },
  { name: "n_tree", type: "bigint", value: ({ item }) => item.tree },
  { name: "n_parent", type: "bigint", value: ({ item }) => item.parentId },
  { name: "n_path", type: "text", value: ({ item }) => item.path },
  { name: "n_hash", type: "text", value: ({ item }) => item.hash ?? `${NO_HASH}${item.id}` },
  { name: "n_subject", type: "text", value: ({ item }) => item.subject },
  { name: "n_prefix", type: "text", value: ({ item }) => item.keyPrefix },
  { name: "n_account", type: "text", value: ({ item }) => item.accountId },
  { name: "n_user_id", type: "text", value: ({ item }) => item.userId },
  { name: "n_name", type: "text", value: ({ item }) => item.name },
  { name: "n_delegated_by", type: "text", value: ({ item }) => item.delegatedBy },
  { name: "n_scopes", type: "text", value: ({ item }) => (item.scopes === null ? null : textList(item.scopes)) },
  { name: "n_created_at", type: "bigint", value: ({ item }) => item.createdAt },
  { name: "n_expires_at", type: "bigint", value: ({ item }) => item.expiresAt },
  { name: "n_revoked_at", type: "bigint", value: ({ item }) => item.revokedAt },
  { name: "n_last_used_at", type: "bigint", value: ({ item }) => item.lastUsedAt },
  { name: "n_cap", type: "bigint", value: ({ item }) => item.capMicrocents },
  { name: "n_period", type: "text", value: ({ item }) => item.period },
  { name: "n_alignment", type: "text", value: ({ item }) => item.alignment },
  { name: "n_anchor_at", type: "bigint", value: ({ item }) => item.anchorAt },
  { name: "n_window_no", type: "bigint", value: ({ item }) => item.window },
  { name: "n_window_start", type: "bigint", value: ({ item }) => item.windowStart },
  { name: "n_reset_at", type: "bigint", value: ({ item }) => item.resetAt },
  { name: "n_spent", type: "bigint", value: ({ item }) => item.spentMicrocents },
  {
    name: "n_buckets",
    type: "text",
    value: ({ item }) =>
      numberList(item.buckets.flatMap(({ expiresAt, heldMicrocents }) => [expiresAt, heldMicrocents])),
  },
  { name: "n_true_to_seq", type: "bigint", value: ({ item }) => item.trueToSeq },
  { name: "n_seq", type: "bigint", value: ({ item }) => item.root?.seq ?? null },
  { name: "n_now", type: "bigint", value: ({ item }) => item.root?.greatestNow ?? null },
];

const HOLDS: readonly Column<Of<HoldRow>>[] = [
  { name: "h_no", type: "int", value: ({ no }) => no },
  { name: "h_id", type: "text", value: ({ item }) => item.id },
  { name: "h_tree", type: "bigint", value: ({ item }) => item.tree },
  { name: "h_node", type: "bigint", value: ({ item }) => item.node },
  { name: "h_amount", type: "bigint", value: ({ item }) => item.amountMicrocents },
  { name: "h_created_at", type: "bigint", value: ({ item }) => item.createdAt },
  { name: "h_expires_at", type: "bigint", value: ({ item }) => item.expiresAt },
  { name: "h_windows", type: "text", value: ({ item }) => numberList(item.windows) },
  { name: "h_state", type: "text", value: ({ item }) => item.state },
  { name: "h_ended_at", type: "bigint", value: ({ item }) => item.endedAt },
  { name: "h_settled_cost", type: "bigint", value: ({ item }) => item.settled?.costMicrocents ?? null },
  { name: "h_settled_overdraft", type: "bigint", value: ({ item }) => item.settled?.overdraftMicrocents ?? null },
  { name: "h_settled_late", type: "boolean", value: ({ item }) => item.settled?.late ?? null },
];

const ENTRIES: readonly Column<Of<EntryRow>>[] = [
  { name: "e_no", type: "int", value: ({ no }) => no },
  { name: "e_tree", type: "bigint", value: ({ item }) => item.tree },
  { name: "e_seq", type: "bigint", value: ({ item }) => item.seq },
  { name: "e_kind", type: "text", value: ({ item }) => item.entryKind },
  { name: "e_node", type: "bigint", value: ({ item }) => item.node },
  { name: "e_at", type: "bigint", value: ({ item }) => item.at },
  { name: "e_amount", type: "bigint", value: ({ item }) => item.amountMicrocents },
  { name: "e_asked", type: "bigint", value: ({ item }) => item.askedMicrocents },
  { name: "e_windows", type: "text", value: ({ item }) => numberList(item.windows) },
  { name: "e_hold", type: "text", value: ({ item }) => item.hold },
  { name: "e_expires_at", type: "bigint", value: ({ item }) => item.expiresAt },
  { name: "e_used", type: "bigint", value: ({ item }) => item.usedMicrocents },
  { name: "e_remaining", type: "bigint", value: ({ item }) => item.remainingMicrocents },
  { name: "e_overdraft", type: "bigint", value: ({ item }) => item.overdraftMicrocents },
  { name: "e_late", type: "boolean", value: ({ item }) => item.late },
  { name: "e_command", type: "text", value: ({ item }) => item.command },
  { name: "e_method", type: "text", value: ({ item }) => item.idempotency?.method ?? null },
  { name: "e_key", type: "text", value: ({ item }) => item.idempotency?.key ?? null },
  {
    name: "e_metadata",
    type: "text",
    value: ({ item }) => (item.metadata === null ? null : JSON.stringify(item.metadata)),
  },
];

const ALL: readonly (readonly { readonly name: string; readonly type: string }[])[] = [
  COMMITS,
  NODE_CHECKS,
  HOLD_CHECKS,
  ENTRY_CHECKS,
  NODES,
  HOLDS,
  ENTRIES,
];

/** The function's parameters, as it declares them. */
export const PARAMETERS = ALL.flat()
  .map(({ name, type }) => `${name} ${type}[]`)
  .join(", ");

/** The function's arguments, each with its type. */
export const ARGUMENTS = ALL.flat()
  .map(({ type }, index) => `$${index + 1}::${type}[]`)
  .join(", ");

/** A part of the parameters, to be unnested together, under the names that follow their prefix. */
export function unnested(prefix: "b" | "c" | "d" | "f" | "n" | "h" | "e"): string {
  const names = ALL.flat()
    .map(({ name }) => name)
    .filter((name) => name.startsWith(`${prefix}_`));
  const bare = names.map((name) => name.slice(prefix.length + 1));
  return `unnest(${names.join(", ")}) AS ${prefix}(${bare.join(", ")})`;
}

/** The arguments that carry these commits. */
export function argumentsOf(commits: readonly Commit[]): unknown[] {
  const nodeChecks: NodeCheck[] = [];
  const holdChecks: HoldCheck[] = [];
  const entryChecks: EntryCheck[] = [];
  const nodes: NodePut[] = [];
  const holds: Of<HoldRow>[] = [];
  const entries: Of<EntryRow>[] = [];
  commits.forEach(({ checks, puts }, no) => {
    const absent = new Set<number>();
    for (const item of checks) {
      if (isNodeCheck(item)) {
        nodeChecks.push({ no, item });
        if (item.version === null) absent.add(item.ref.node);
      } else if (isHoldCheck(item)) holdChecks.push({ no, item });
      else if (isEntryCheck(item)) entryChecks.push({ no, item });
    }
    for (const item of puts) {
      if (item.kind === "node") nodes.push({ no, item, isNew: absent.has(item.id) });
      else if (item.kind === "hold") holds.push({ no, item });
      else entries.push({ no, item });
    }
  });
  return [
    ...columnsOf(
      COMMITS,
      commits.map((item, no) => ({ no, item })),
    ),
    ...columnsOf(NODE_CHECKS, nodeChecks),
    ...columnsOf(HOLD_CHECKS, holdChecks),
    ...columnsOf(ENTRY_CHECKS, entryChecks),
    ...columnsOf(NODES, nodes),
    ...columnsOf(HOLDS, holds),
    ...columnsOf(ENTRIES, entries),
  ];
}

function columnsOf<Item>(columns: readonly Column<Item>[], items: readonly Item[]): unknown[][] {
  return columns.map(({ value }) => items.map(value));
}

function isNodeCheck(check: Check): check is NodeCheck["item"] {
  return "node" in check.ref;
}

function isHoldCheck(check: Check): check is HoldCheck["item"] {
  return "hold" in check.ref;
}

function isEntryCheck(check: Check): check is EntryCheck["item"] {
  return "entry" in check.ref;
}

function versionText({ version }: Check): string | null {
  return version === null ? null : String(version);
}

function numberList(numbers: readonly number[]): string {
  return `{${numbers.join(",")}}`;
}

/** A list of texts as Postgres reads one: each in quotes. */
function textList(texts: readonly string[]): string {
  return `{${texts.map((text) => `"${text.replace(/["\\]/g, "\\$&")}"`).join(",")}}`;
}

/** What of other commands, here or elsewhere, answers a request in place of a decision. */
import type { EntryRow, Stored } from "../store/contract.js";
import { nodeOf } from "./decide.js";
import type { Pending } from "./pending.js";
import type { Residents } from "./residents.js";

/** Names a request's idempotency key within its tree; `null` if it has none, or has its answer. */
function keyOf(residents: Residents, pending: Pending): string | null {
  if (pending.idempotency === null || pending.prior !== null) return null;
  const node = nodeOf(residents, pending.request);
  return node === undefined ? null : `${node.row.id} ${pending.idempotency.method} ${pending.idempotency.key}`;
}

/** A request and its idempotency key within its tree. */
export interface Keyed {
  readonly pending: Pending;
  readonly key: string | null;
}

/**
 * The requests in their order, parted so that no part has a key twice: whether the second is a
 * repeat depends on what becomes of the first.
 */
export function withoutRepeats(residents: Residents, live: readonly Pending[]): Keyed[][] {
  let part: Keyed[] = [];
  let keys = new Set<string>();
  const parts = [part];
  for (const pending of live) {
    const key = keyOf(residents, pending);
    if (key !== null && keys.has(key)) {
      part = [];
      keys = new Set();
      parts.push(part);
    }
    if (key !== null) keys.add(key);
    part.push({ pending, key });
  }
  return parts;
}

/** An entry that a commit did not expect: it answers the requests that have its idempotency key. */
export function takeEntry(residents: Residents, live: readonly Pending[], entry: EntryRow): void {
  const { idempotency } = entry;
  if (idempotency === null) return;
  const key = `${entry.node} ${idempotency.method} ${idempotency.key}`;
  for (const pending of live) {
    if (keyOf(residents, pending) !== key) continue;
    pending.prior = entry;
    pending.isOwn = entry.command === pending.command;
  }
}

/** A mint whose subject or hash somebody else has is answered in the next turn. */
export function takeClash(pending: Pending, rows: readonly Stored[]): void {
  const { request } = pending;
  if (request.kind !== "mint") return;
  const { hash, subject } = request.profile;
  const isTaken = rows.some(
    (row) =>
      row.kind === "node" &&
      row.id !== request.id &&
      ((hash !== null && row.hash === hash) || (subject !== null && row.subject === subject)),
  );
  if (isTaken) pending.done = { tag: "taken" };
}

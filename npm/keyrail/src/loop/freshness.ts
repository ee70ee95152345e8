/** Which rows a request needs, and whether its answer rests on rows that are young enough. */
import type { Ref, Version } from "../store/contract.js";
import { nodeOf } from "./decide.js";
import type { Pending } from "./pending.js";
import type { Request } from "./request.js";
import type { ResidentNode, Residents } from "./residents.js";

/** Whether a request's rows must be read before it is decided. */
export function needsRead(residents: Residents, pending: Pending): boolean {
  if (pending.mustRead) return true;
  const { request, prior } = pending;
  if (missesItsNode(residents, pending)) return true;
  if (request.kind === "mint" && request.parent === null) return false;
  const misses = prior !== null && prior.hold !== null && residents.findHold(prior.hold) === undefined;
  if (misses && !pending.isHoldGone) return true;
  return nodeOf(residents, request) === undefined || mayBeRecorded(residents, pending);
}

/** Whether the node that an earlier try of a mint has made is not here to be told of. */
function missesItsNode(residents: Residents, { request, prior, isNodeGone }: Pending): boolean {
  return request.kind === "mint" && prior !== null && !isNodeGone && residents.find({ id: request.id }) === undefined;
}

/** Whether the entry of an earlier commit of unknown outcome may stand behind the rows that are here. */
function mayBeRecorded(residents: Residents, pending: Pending): boolean {
  // A root that is minted again is itself checked to be absent.
  return pending.uncertain && pending.prior === null && rootVersionOf(residents, pending) !== pending.absentAt;
}

/** Whether its idempotency key may have been used by what made the rows as they are here. */
function mayBeReplay(residents: Residents, pending: Pending): boolean {
  const { idempotency, prior, keyAbsentAt } = pending;
  return idempotency !== null && prior === null && rootVersionOf(residents, pending) !== keyAbsentAt;
}

/** The version of the root that is here; `null` where the request's node is not. */
function rootVersionOf(residents: Residents, pending: Pending): Version | null {
  const tree = nodeOf(residents, pending.request)?.row.tree;
  return tree === undefined ? null : (residents.rootOf(tree)?.version ?? null);
}

/** Whether an answer that writes nothing may be given: from young rows, and not in place of a replay. */
export function isFresh(residents: Residents, pending: Pending, tree: number): boolean {
  return hasFreshRows(residents, pending, tree) && !mayBeReplay(residents, pending);
}

/**
 * Whether every row behind the answer was confirmed after the request arrived, and all of them at
 * one instant: since the root gates its tree, that is so if each was confirmed after the root's
 * present version was first seen.
 */
function hasFreshRows(residents: Residents, pending: Pending, tree: number): boolean {
  const { request, arrivedAt } = pending;
  if (request.kind === "touch") return true;
  const since = Math.max(arrivedAt, residents.rootOf(tree)?.changedAsOf ?? 0);
  const holdId = "hold" in request && request.kind !== "reserve" ? request.hold : (pending.prior?.hold ?? null);
  if (holdId !== null && !pending.isHoldGone && (residents.findHold(holdId)?.asOf ?? 0) < since) return false;
  const own = nodeOf(residents, request);
  if (own === undefined) return request.kind === "mint" && request.parent === null;
  for (let node: ResidentNode | null = own; node !== null; node = node.parent) {
    if (node.asOf < since) return false;
  }
  return true;
}

/** What to read for a request: its own chain, then the entries that may answer it. */
export interface Ask {
  readonly refs: readonly Ref[];
  /** Whether the first of them is its own chain. */
  readonly asksChain: boolean;
  /** Whether the last of them is the entry of its idempotency key. */
  readonly asksKey: boolean;
  /** The root's version here before the look-ups of entries. */
  readonly rootVersion: Version | null;
}

/** The refs of a request in the tree `tree`. */
export function askOf(residents: Residents, pending: Pending, tree: number): Ask {
  const { request, idempotency } = pending;
  const node = nodeOf(residents, request)?.row.id;
  const rootVersion = residents.rootOf(tree)?.version ?? null;
  // Rows that came with the look-up could be younger than it: then it would prove nothing of them.
  const isLookUp = mayBeRecorded(residents, pending) || mayBeReplay(residents, pending);
  const asksChain = !isLookUp || !hasFreshRows(residents, pending, tree);
  const refs: Ref[] = asksChain ? [ownRef(request)] : [];
  // Its own entry brings the hold that it made, which the answer tells of as it is now.
  if (pending.uncertain || pending.isOwn) refs.push({ entry: { tree, command: pending.command } });
  // Without its row the node's id is not known yet; then the key is looked for in the next turn.
  const asksKey = idempotency !== null && node !== undefined;
  if (asksKey) refs.push({ entry: { node, ...idempotency } });
  return { refs, asksChain, asksKey, rootVersion };
}

/** The chain that a request is about. */
export function ownRef(request: Request): Ref {
  if (request.kind === "mint") return request.parent ?? { id: request.id };
  return "target" in request ? request.target : { hold: request.hold };
}

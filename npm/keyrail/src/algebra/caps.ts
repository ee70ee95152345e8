/** Caps over a chain, and a child's grant under its parent's. */
import { engine } from "#engine";
import { KeyrailError } from "../errors.js";
import { idOfScope, makeRoom, scopeOfId } from "./intern.js";
import { bound, orNull } from "./numbers.js";
import { requireRow, requireRows } from "./rows.js";
import type { ChainNode, EffectiveCaps, RequestedGrant } from "./types.js";

/** Three bounds and the number of scopes come before a node's scopes. */
const HEAD = 4;

const { flat } = engine;

/**
 * What a key may do, computed over its chain: the scopes that every node holds, and the least of
 * each bound. The scopes keep the order and the duplicates of the first node.
 *
 * An empty chain gives no scopes and no bounds, so whoever decides on one must deny.
 *
 * @param chain nodes from the root to the key
 * @returns times in milliseconds since the epoch; `null` is unbounded
 * @throws KeyrailError `invalid_number` for a bound that is not a finite number, `invalid_scopes`, `invalid_rows`
 *
 * @example
 * ```ts
 * const org = { keyId: "org", path: "org", scopes: ["read", "write"], ownCreditLimit: 1000, ownRateSharePct: null, ownExpiresAt: null };
 * const agent = { ...org, keyId: "a1", path: "org/a1", scopes: ["read"], ownCreditLimit: 5000 };
 * effectiveCaps([org, agent]); // { scopes: ["read"], creditLimit: 1000, rateLimitSharePct: null, expiresAt: null }
 * ```
 */
export function effectiveCaps(chain: readonly ChainNode[]): EffectiveCaps {
  makeRoom();
  let room = 0;
  for (const node of requireRows(chain, "the chain")) {
    room += HEAD + requireScopes(requireRow(node, "a node of the chain").scopes).length;
  }
  flat.reserve(room, 0);
  let at = 0;
  for (const node of chain) {
    at = writeGrant(at, node.scopes, node.ownCreditLimit, node.ownRateSharePct, node.ownExpiresAt);
  }
  return readGrant(flat.calls.effectiveCaps(at));
}

/**
 * What a child gets when it asks a parent: the asked scopes that the parent holds, in the order
 * asked, and for each bound the lesser of the two.
 *
 * @param parent what the parent may do
 * @param requested what is asked; a bound left out or null is the parent's
 * @returns the grant; it never exceeds the parent's
 * @throws KeyrailError `invalid_number` for a bound that is not a finite number, `invalid_scopes`, `invalid_rows`
 *
 * @example
 * ```ts
 * const parent = { scopes: ["read", "write"], creditLimit: 40, rateLimitSharePct: null, expiresAt: null };
 * clampChildGrant(parent, { scopes: ["write", "admin"], creditLimit: 100 });
 * // { scopes: ["write"], creditLimit: 40, rateLimitSharePct: null, expiresAt: null }
 * ```
 */
export function clampChildGrant(parent: EffectiveCaps, requested: RequestedGrant): EffectiveCaps {
  requireRow(parent, "the parent");
  requireRow(requested, "the request");
  makeRoom();
  flat.reserve(2 * HEAD + requireScopes(parent.scopes).length + requireScopes(requested.scopes).length, 0);
  let at = writeGrant(0, parent.scopes, parent.creditLimit, parent.rateLimitSharePct, parent.expiresAt);
  at = writeGrant(at, requested.scopes, requested.creditLimit, requested.rateLimitSharePct, requested.expiresAt);
  return readGrant(flat.calls.clampChildGrant(at));
}

function requireScopes(scopes: readonly string[]): readonly string[] {
  if (Array.isArray(scopes)) return scopes;
  throw new KeyrailError("invalid_scopes", "scopes are not an array; pass an array of strings");
}

type Bound = number | null | undefined;

function writeGrant(at: number, scopes: readonly string[], limit: Bound, share: Bound, expiry: Bound): number {
  const { words } = flat;
  words[at] = bound(limit, "the credit limit");
  words[at + 1] = bound(share, "the rate share");
  words[at + 2] = bound(expiry, "the expiry");
  words[at + 3] = scopes.length;
  const end = at + HEAD + scopes.length;
  for (let place = at + HEAD; place < end; place += 1)
    words[place] = idOfScope(scopes[place - at - HEAD] as string, place);
  return end;
}

function readGrant(count: number): EffectiveCaps {
  flat.reserve(HEAD + count, 0);
  const { words } = flat;
  const scopes: string[] = [];
  for (let index = 0; index < count; index += 1) scopes.push(scopeOfId(words[3 + index] as number));
  return { scopes, creditLimit: orNull(words[0]), rateLimitSharePct: orNull(words[1]), expiresAt: orNull(words[2]) };
}

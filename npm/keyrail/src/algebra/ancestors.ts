/** Whether something above a key ends it. */
import { engine } from "#engine";
import { bound, finite } from "./numbers.js";
import { requireRow, requireRows } from "./rows.js";
import type { ChainNode } from "./types.js";

const WORDS_PER_NODE = 3;

const { flat } = engine;

/**
 * Whether a key of the chain other than the caller has ended. A key ends at its expiry, not after.
 *
 * @param chain nodes from the root to the key
 * @param callerKeyId the calling key, whose own expiry is judged elsewhere
 * @param now milliseconds since the epoch
 * @throws KeyrailError `invalid_number` for a time that is not a finite number, `invalid_rows`
 *
 * @example
 * ```ts
 * const root = { keyId: "r", path: "r", scopes: [], ownCreditLimit: null, ownRateSharePct: null, ownExpiresAt: 1000 };
 * expiredAncestor([root], "child", 1000); // true
 * expiredAncestor([root], "r", 1000); // false
 * ```
 */
export function expiredAncestor(chain: readonly ChainNode[], callerKeyId: string, now: number): boolean {
  finite(now, "now");
  const length = writeStandings(chain, callerKeyId);
  return flat.calls.expiredAncestor(length, now) === 1;
}

/**
 * Whether a key of the chain other than the caller is switched off.
 *
 * @param chain nodes from the root to the key
 * @param callerKeyId the calling key, whose own state is judged elsewhere
 * @throws KeyrailError `invalid_number` for an expiry that is not a finite number, `invalid_rows`
 *
 * @example
 * ```ts
 * const root = { keyId: "r", path: "r", scopes: [], ownCreditLimit: null, ownRateSharePct: null, ownExpiresAt: null, disabled: true };
 * disabledAncestor([root], "child"); // true
 * ```
 */
export function disabledAncestor(chain: readonly ChainNode[], callerKeyId: string): boolean {
  return flat.calls.disabledAncestor(writeStandings(chain, callerKeyId)) === 1;
}

function writeStandings(chain: readonly ChainNode[], callerKeyId: string): number {
  flat.reserve(requireRows(chain, "the chain").length * WORDS_PER_NODE, 0);
  const { words } = flat;
  let at = 0;
  for (const node of chain) {
    requireRow(node, "a node of the chain");
    words[at] = node.keyId === callerKeyId ? 1 : 0;
    words[at + 1] = bound(node.ownExpiresAt, "the expiry");
    words[at + 2] = node.disabled === true ? 1 : 0;
    at += WORDS_PER_NODE;
  }
  return at;
}

/** Which cap of a chain binds. */
import { engine } from "#engine";
import type { AlgebraCalls, Flat } from "../engine/types.js";
import { requireText, writeText } from "../flat/text.js";
import { bound, finite } from "./numbers.js";
import { requireRow, requireRows } from "./rows.js";
import type { ChainNode, Headroom, SpendRow } from "./types.js";

/** A path's length and a number, for a node as for a row. */
const WORDS_EACH = 2;

/**
 * The cap with the least remaining over a chain, each counting what its whole subtree has spent.
 *
 * Sums are exact for integers up to 2⁵³−1 and for decimals of up to six places, and the nearest
 * double beyond. Of equals the first in the chain binds.
 *
 * @param chain nodes from the root to the key; caps in the caller's unit of credit
 * @param spendRows what was spent where, in the same unit and any order; negative is given back
 * @returns `remaining` may be negative; `null` if no node has a cap
 * @throws KeyrailError `invalid_number` for an amount that is not a finite number, `invalid_text`, `invalid_rows`
 *
 * @example
 * ```ts
 * const org = { keyId: "org", path: "org", scopes: [], ownCreditLimit: 100, ownRateSharePct: null, ownExpiresAt: null };
 * pooledHeadroom([org], [{ path: "org/a", spent: 0.1 }, { path: "org/b", spent: 0.2 }]);
 * // { limit: 100, spent: 0.3, remaining: 99.7 }
 * ```
 */
export function pooledHeadroom(chain: readonly ChainNode[], spendRows: readonly SpendRow[]): Headroom | null {
  requireRows(chain, "the chain");
  requireRows(spendRows, "what was spent");
  const flat = engine.bulk;
  const words = 1 + WORDS_EACH * (chain.length + spendRows.length);
  flat.reserve(words, lengthOfPaths(chain) + lengthOfPaths(spendRows));
  flat.words[0] = chain.length;
  const end = writeChain(flat, 1, chain);
  writeRows(flat, end, spendRows);
  const node = chain[flat.calls.pooledHeadroom(words)];
  if (node === undefined) return null;
  flat.reserve(WORDS_EACH, 0);
  const [spent, remaining] = flat.words;
  return { limit: node.ownCreditLimit as number, spent: spent as number, remaining: remaining as number };
}

/**
 * The path of the capped key nearest to the root, by the number of its segments; the first of
 * equals. Everything below it shares its cap.
 *
 * @param chain nodes in any order
 * @returns `null` if no node has a cap
 * @throws KeyrailError `invalid_number` for a cap that is not a finite number, `invalid_text`, `invalid_rows`
 *
 * @example
 * ```ts
 * const org = { keyId: "org", path: "org", scopes: [], ownCreditLimit: null, ownRateSharePct: null, ownExpiresAt: null };
 * topCappedPath([org, { ...org, keyId: "t", path: "org/t", ownCreditLimit: 5 }]); // "org/t"
 * ```
 */
export function topCappedPath(chain: readonly ChainNode[]): string | null {
  requireRows(chain, "the chain");
  const { flat } = engine;
  flat.reserve(WORDS_EACH * chain.length, lengthOfPaths(chain));
  const end = writeChain(flat, 0, chain);
  return chain[flat.calls.topCappedPath(end)]?.path ?? null;
}

function lengthOfPaths(items: readonly { path: string }[]): number {
  let length = 0;
  for (const item of items) {
    const { path } = requireRow(item, "a node or row");
    requireText(path, "a path");
    length += path.length;
  }
  return length;
}

/** Where the paths written so far end; the rows' paths follow those of the chain. */
let textEnd = 0;

function writeChain(flat: Flat<AlgebraCalls>, at: number, chain: readonly ChainNode[]): number {
  const { words, text } = flat;
  let end = at;
  textEnd = 0;
  for (const { path, ownCreditLimit } of chain) {
    textEnd = writeText(text, textEnd, path);
    words[end] = path.length;
    words[end + 1] = bound(ownCreditLimit, "the credit limit");
    end += WORDS_EACH;
  }
  return end;
}

function writeRows(flat: Flat<AlgebraCalls>, at: number, rows: readonly SpendRow[]): void {
  const { words, text } = flat;
  let end = at;
  for (const { path, spent } of rows) {
    textEnd = writeText(text, textEnd, path);
    words[end] = path.length;
    words[end + 1] = finite(spent, "an amount spent");
    end += WORDS_EACH;
  }
}

/** What the package asks of an engine: the Rust core, as an addon or as WebAssembly. */

import type { LedgerPort } from "./ledger-port.js";

/** Which build of the core serves: the addon where it is at its best, or WebAssembly alone. */
export type EngineName = "native" | "wasm";

/**
 * Two blocks of memory shared with the core. A caller reserves room, writes numbers, interned ids
 * and UTF-16 code units, makes one call, and reads the answer from the same blocks.
 */
export interface Flat<Calls> {
  /** Numbers; NaN stands for an absent one. Void after the next `reserve` or call. */
  readonly words: Float64Array;
  /** Code units. Void after the next `reserve` or call. */
  readonly text: Uint16Array;
  /** The calls over the blocks. Ask for them after `reserve`. */
  readonly calls: Calls;
  /** Makes the blocks at least so long and keeps what is in them. */
  reserve(words: number, text: number): void;
}

/** The calls of the keys-only module. Lengths count code units, written one after another. */
export interface KeysCalls {
  /** A prefix, then a text: 0 if well formed, else the number of the reason. 0 bytes = base62. */
  parseKey(prefix: number, length: number, bytes: number): number;
  /** A secret: where the part that may be shown ends. */
  displayEnd(length: number, displayLength: number): number;
  /** Two texts: 1 if they are equal. */
  safeEqual(left: number, right: number): number;
}

/** All calls. What each reads and writes is described where it is made. */
export interface AlgebraCalls extends KeysCalls {
  effectiveCaps(length: number): number;
  clampChildGrant(length: number): number;
  expiredAncestor(length: number, now: number): number;
  disabledAncestor(length: number): number;
  pooledHeadroom(length: number): number;
  topCappedPath(length: number): number;
  inSubtree(path: number, candidate: number): number;
  pathDepth(length: number): number;
  pathEndAt(length: number, level: number): number;
  ancestorEnds(length: number): number;
  childHasSlash(parent: number): number;
  escapeLike(length: number): number;
  subtreeLikePattern(length: number): number;
  hasScope(length: number): number;
  invalidScopes(length: number): number;
  scopeOfPermission(resource: number, action: number): number;
  permission(length: number): number;
  holdMs(length: number): number;
  expiryMs(length: number, now: number): number;
}

/** What `keyrail/keys` needs. */
export interface KeysEngine {
  readonly flat: Flat<KeysCalls>;
  /** SHA-256 of the secret's UTF-8 bytes, 64 lowercase hex digits. */
  hashKey(secret: string): string;
  /** A new secret of so many random bytes, 0 for base62; undefined if the host has no randomness. */
  newKey(prefix: string, bytes: number): string | undefined;
}

/** Everything. */
export interface Engine extends KeysEngine {
  /** For calls over a chain or a path. */
  readonly flat: Flat<AlgebraCalls>;
  /** For calls over many rows. */
  readonly bulk: Flat<AlgebraCalls>;
  /** The credit limit that a number in metadata names; NaN for none. */
  metadataCreditLimit(value: number): number;
  /** The rate share that a number in metadata names; NaN for none. */
  metadataRateShare(value: number): number;
  /** A new resident ledger without rows. */
  ledger(): LedgerPort;
  /** After a fault inside the core: makes it usable again. Its ledgers may be void. */
  recover(fault: unknown): void;
}

/** The shapes that the algebra takes and gives. Times are milliseconds since the epoch. */

/** One key of a chain, with what it was granted by itself. `null` is unbounded. */
export interface ChainNode {
  /** The key's id. */
  keyId: string;
  /** Ids from the root to this key, joined by `/`. */
  path: string;
  /** Scopes granted to this key, in order; duplicates are kept. */
  scopes: readonly string[];
  /** What the key's subtree may spend, in the caller's unit of credit. */
  ownCreditLimit: number | null;
  /** The share of the rate limit, in per cent. */
  ownRateSharePct: number | null;
  /** When the key ends. */
  ownExpiresAt: number | null;
  /** Whether the key was switched off; only `true` counts. */
  disabled?: boolean;
}

/** What a key may do once its whole chain is considered. */
export interface EffectiveCaps {
  /** The scopes that every key of the chain holds, in the order of the root's. */
  scopes: string[];
  /** The least credit limit, or null. */
  creditLimit: number | null;
  /** The least share of the rate limit in per cent, or null. */
  rateLimitSharePct: number | null;
  /** The soonest expiry, or null. */
  expiresAt: number | null;
}

/** What a child asks for; a bound that is left out or null is the parent's. */
export interface RequestedGrant {
  /** Scopes asked for. */
  scopes: readonly string[];
  /** Credit limit asked for. */
  creditLimit?: number | null | undefined;
  /** Share of the rate limit asked for, in per cent. */
  rateLimitSharePct?: number | null | undefined;
  /** Expiry asked for. */
  expiresAt?: number | null | undefined;
}

/** What was spent at one path. */
export interface SpendRow {
  /** Where. */
  path: string;
  /** How much, in the caller's unit of credit; negative is given back. */
  spent: number;
}

/** The cap that binds. */
export interface Headroom {
  /** The cap. */
  limit: number;
  /** What the subtree of its key has spent. */
  spent: number;
  /** What is left; negative when overspent. */
  remaining: number;
}

/** What `AgentKey` takes and gives. Times are ISO strings in answers. */
import type { Store } from "../store/contract.js";
import type { Queryable } from "../stores/postgres/index.js";

/** How often a budget starts again. */
export type BudgetPeriod = "hour" | "day" | "week" | "month";

/** Where a period's windows begin: at the day and time of creation, or where the calendar's do. */
export type BudgetWindow = "anchored" | "calendar";

/** Why something was refused. The texts are stable. */
export type Reason =
  | "invalid"
  | "revoked"
  | "expired"
  | "ancestor_revoked"
  | "ancestor_expired"
  | "budget_exceeded"
  | "invalid_key"
  | "invalid_cost"
  | "amount_out_of_range"
  | "insufficient_scope"
  | "hold_not_found"
  | "hold_settled"
  | "hold_expired"
  | "invalid_ttl"
  | "window_rolled"
  | "idempotency_key_reused"
  | "unknown_subject";

/** Names one node: by id, by outside identity, or by its secret. */
export type Ref = { readonly id: number } | { readonly subject: string } | { readonly key: string };

/** One budget of a chain, in cents. */
export interface BudgetInfo {
  readonly id: number;
  /** The ids root→self, joined by `/`. */
  readonly path: string;
  readonly limitCents: number | null;
  readonly usedCents: number;
  readonly heldCents: number;
  /** cap − used − held, never below 0; `null` without a cap. */
  readonly remainingCents: number | null;
  readonly period: BudgetPeriod | null;
  readonly windowStart: string;
  readonly resetAt: string | null;
}

/** The budget that refused. */
export interface Binding {
  readonly id: number;
  readonly path: string;
  readonly limitCents: number;
  readonly usedCents: number;
  readonly heldCents: number;
  readonly requestedCents: number;
  readonly period: BudgetPeriod | null;
  readonly windowStart: string;
  readonly resetAt: string | null;
}

/** What a valid key is and has. Scopes and expiry are those of its chain, the budget is its own. */
export interface ValidKey {
  readonly valid: true;
  readonly id: number;
  /** `""` for a row that somebody else made without one. */
  readonly accountId: string;
  readonly userId: string | null;
  readonly scopes: string[] | null;
  readonly budgetCents: number | null;
  readonly budgetUsedCents: number;
  readonly budgetRemainingCents: number | null;
  readonly budgetPeriod: BudgetPeriod | null;
  readonly budgetResetAt: string | null;
  readonly expiresAt: string | null;
  readonly delegatedBy: string | null;
  readonly name: string;
}

/** Why a key cannot be used. */
export interface InvalidKey {
  readonly valid: false;
  readonly reason: Reason;
  /** With `budget_exceeded`: which budget. */
  readonly binding?: Binding;
}

/** The answer of `validate`. */
export type Validation = ValidKey | InvalidKey;

/** A request that was refused: nothing was charged or held. */
export interface Refused {
  readonly success: false;
  readonly reason: Reason;
  readonly binding?: Binding;
}

/** What a charge takes. */
export interface ChargeOptions {
  /** Cents, fractions allowed. */
  readonly costCents: number;
  /** Repeating it with the same amount gives the first answer; it lives at least 30 days. */
  readonly idempotencyKey?: string;
  readonly metadata?: Metadata;
  /** Record it even where it breaks a cap, for work that has already happened. */
  readonly overdraft?: boolean;
}

/** Text, numbers and truth values that go with an entry. */
export type Metadata = Readonly<Record<string, string | number | boolean | null>>;

/** The answer of a charge. A cost ≤ 0 gives a bare success. */
export type ChargeResult =
  | {
      readonly success: true;
      readonly budgetUsedCents?: number;
      readonly budgetRemainingCents?: number | null;
      /** With `overdraft: true`: the most by which the charge raised a budget above its cap. */
      readonly overdraftCents?: number;
    }
  | Refused;

/** What a reserve takes. */
export interface ReserveOptions {
  /** Cents to hold, from 0. */
  readonly costCents: number;
  /** Hold what is left instead, down to this. */
  readonly atLeastCents?: number;
  /** A duration (`"90s"`, `"5m"`, `"1h"`, `"2d"`) or ms, 1 s to 30 d; default `"5m"`. */
  readonly ttl?: string | number;
  readonly idempotencyKey?: string;
  readonly metadata?: Metadata;
}

/** Money set aside. */
export interface Hold {
  /** Opaque; at least 128 random bits. */
  readonly id: string;
  readonly costCents: number;
  readonly expiresAt: string;
}

/** The answer of a reserve. */
export type ReserveResult =
  | {
      readonly success: true;
      /** `state` tells, at a replay, what has become of the hold since. */
      readonly hold: Hold & { readonly state: "open" | "released" | "settled" | "expired" };
      readonly budgetUsedCents: number;
      readonly budgetRemainingCents: number | null;
    }
  | Refused;

/** The answer of a settle. */
export type SettleResult =
  | {
      readonly success: true;
      readonly costCents: number;
      /** The most, over the chain, by which it raised `max(0, used + held − cap)`. */
      readonly overdraftCents: number;
      /** Whether the hold had been released or had expired. */
      readonly late: boolean;
    }
  | Refused;

/** The answer of a release. */
export type ReleaseResult = { readonly success: true; readonly releasedCents: number } | Refused;

/** The answer of an extend. */
export type ExtendResult = { readonly success: true; readonly hold: Hold } | Refused;

/** What a new key or subject is to have. */
export interface GrantOptions {
  readonly userId?: string | number | null;
  /** `null` or nothing: all. */
  readonly scopes?: readonly string[] | null;
  /** Whole cents from 0 to 9·10⁹; `null` or nothing: no cap of its own. */
  readonly budgetCents?: number | null;
  readonly budgetPeriod?: BudgetPeriod | null;
  /** Only `"UTC"`, the default, in this version. */
  readonly budgetTimeZone?: string;
  /** Default `"anchored"`. */
  readonly budgetWindow?: BudgetWindow;
  /** A duration such as `"30m"`, `"24h"`, `"7d"`, `"1mo"`; `null`, `""` or nothing: never. */
  readonly expiresIn?: string | null;
  readonly delegatedBy?: string | number | null;
  /** Default `"default"`. */
  readonly name?: string;
  /** The node above; nothing makes a root. */
  readonly parent?: Ref;
  /** What to do with more than the parent has: cut it down (default), or throw `grant_exceeds_parent`. */
  readonly onExceed?: "clamp" | "reject";
}

/** What `create` takes. */
export interface CreateOptions extends GrantOptions {
  readonly accountId: string | number;
}

/** What `ensureSubject` takes. */
export interface SubjectOptions extends GrantOptions {
  /** Default: the subject. */
  readonly accountId?: string | number;
}

/** A new key. The secret is shown here and never again. */
export interface CreatedKey {
  readonly key: string;
  readonly id: number;
  readonly scopes: string[] | null;
  readonly budgetCents: number | null;
  readonly budgetPeriod: BudgetPeriod | null;
  readonly expiresAt: string | null;
  readonly parentId: number | null;
  readonly path: string;
  readonly clamped: ("scopes" | "budgetCents" | "expiresAt")[];
}

/** A validation, and the hold that was asked for with it. */
export interface Admittance {
  readonly validation: Validation;
  readonly reserved: ReserveResult;
}

/** What `setBudget` changes; what is left out stays. */
export interface BudgetChange {
  readonly budgetCents?: number | null;
  readonly budgetPeriod?: BudgetPeriod | null;
  readonly budgetTimeZone?: string;
  readonly budgetWindow?: BudgetWindow;
}

/** A node in a listing. */
export interface SubtreeNode {
  readonly id: number;
  readonly parentId: number | null;
  readonly path: string;
  readonly depth: number;
  readonly name: string;
  readonly revoked: boolean;
}

/** What happens beside the answers. */
export type KeyrailEvent = {
  readonly type: "notice";
  /** `unreserved_route`, `broken_chain`, … */
  readonly code: string;
  readonly message: string;
};

/** The work of the request loop so far. */
export interface Stats {
  /** Commands waiting or in flight. */
  readonly queue: number;
  /** Commits that had to be decided again. */
  readonly retries: number;
  /** The mean time of a commit, in ms; `null` before the first. */
  readonly commitLatencyMs: number | null;
}

/** What `new AgentKey` takes. */
export interface AgentKeyOptions {
  /** Where keys, holds and entries lie. */
  readonly store?: Store;
  /** In place of a store: Postgres on this pool, as `postgres(pool, { tableName })` has it. */
  readonly pool?: Queryable;
  /** With a pool, its table of keys; default `"sdk_api_keys"`. */
  readonly tableName?: string;
  /** Default `"ak_"`. */
  readonly keyPrefix?: string;
  /** The scopes that keys may have; nothing allows any. */
  readonly validScopes?: readonly string[];
  /** ms since the epoch; default `Date.now`. */
  readonly clock?: () => number;
  /** `"exact"` (default), or `"cent"`: amounts round up to whole cents, a partial hold down. */
  readonly costRounding?: "exact" | "cent";
  readonly onEvent?: (event: KeyrailEvent) => void;
}

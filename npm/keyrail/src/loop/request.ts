/** What the façade asks of the request loop, and what it gets. Amounts in microcents, times in ms. */
import type { Edit, EntryRow, NodeRow } from "../store/contract.js";
import type { Cost } from "./ledger.js";
import type { BudgetNumbers } from "./outcome.js";

/** How a request names a node. */
export type Target = { readonly hash: string } | { readonly subject: string } | { readonly id: number };

/** What a new node is, apart from its place and its budget. */
export type Profile = Pick<NodeRow, "hash" | "subject" | "keyPrefix" | "accountId" | "userId" | "name" | "delegatedBy">;

/** A node to be added. */
export interface MintRequest {
  readonly kind: "mint";
  /** Freshly allocated. */
  readonly id: number;
  readonly parent: Target | null;
  readonly profile: Profile;
  readonly scopes: readonly string[] | null;
  readonly cap: number | null;
  readonly period: NodeRow["period"];
  readonly alignment: NodeRow["alignment"];
  readonly expiresAt: number | null;
  readonly reject: boolean;
}

/** A budget to be changed; what is left out stays. */
export interface SetBudgetRequest {
  readonly kind: "setBudget";
  readonly target: Target;
  readonly cap?: number | null;
  readonly period?: NodeRow["period"];
  readonly alignment?: NodeRow["alignment"];
}

/** Money to be spent or set aside, once for each idempotency key. */
interface Spending {
  readonly target: Target;
  readonly cost: Cost;
  readonly idempotencyKey: string | null;
  readonly metadata: EntryRow["metadata"];
}

/** Money to be spent at once. */
export interface ChargeRequest extends Spending {
  readonly kind: "charge";
  readonly overdraft: boolean;
}

/** Money to be set aside under a fresh hold id. */
export interface ReserveRequest extends Spending {
  readonly kind: "reserve";
  readonly hold: string;
  readonly atLeast: number | null;
  readonly wholeCents: boolean;
  readonly ttlMs: number;
  /** The answer also tells what a validate just before it would have told, decided in the same turn. */
  readonly validates: boolean;
}

/** One thing for the loop to carry out. */
export type Request =
  | { readonly kind: "validate"; readonly target: Target }
  | { readonly kind: "budgets"; readonly target: Target }
  | ChargeRequest
  | ReserveRequest
  | { readonly kind: "settle"; readonly hold: string; readonly cost: Cost; readonly metadata: EntryRow["metadata"] }
  | { readonly kind: "release"; readonly hold: string }
  | { readonly kind: "extend"; readonly hold: string; readonly ttlMs: number | null; readonly cost: number | null }
  | MintRequest
  /** Only a node of this account, unless null. */
  | { readonly kind: "revoke"; readonly target: Target; readonly accountId: string | null }
  | SetBudgetRequest
  | { readonly kind: "touch"; readonly target: Target }
  /** Only the loop asks this, when it finds a row edited. */
  | { readonly kind: "adjust"; readonly target: Target; readonly edited: Edit };

/** A budget as it stood at the decision. */
export interface BudgetView extends Omit<BudgetNumbers, "node"> {
  readonly id: number;
  readonly path: string;
}

/** A hold as it stood at the decision. */
export interface HoldView {
  readonly id: string;
  readonly amount: number;
  readonly expiresAt: number;
  readonly state: "open" | "released" | "settled" | "expired";
}

/** Why the core refused. */
export type RefusalReason =
  | "invalid"
  | "revoked"
  | "ancestor_revoked"
  | "expired"
  | "ancestor_expired"
  | "budget_exceeded"
  | "invalid_key"
  | "amount_out_of_range"
  | "hold_settled"
  | "hold_expired"
  | "invalid_ttl"
  | "window_rolled"
  | "idempotency_key_reused"
  | "invalid_cost"
  // Only a mint gives these.
  | "depth_exceeded"
  | "grant_exceeds_parent";

/** An answer. By the time a caller has it, what it rests on is committed. */
export type Answer =
  /** No such node or hold. */
  | { readonly tag: "unknown" }
  /** A mint found its subject or hash taken. */
  | { readonly tag: "taken" }
  | {
      readonly tag: "refused";
      readonly reason: RefusalReason;
      readonly requested: number;
      readonly binding: BudgetView | null;
      /** With `validates`, unless an earlier try is answered for. */
      readonly validated?: Answer;
    }
  | {
      readonly tag: "valid";
      readonly row: NodeRow;
      readonly budget: BudgetView;
      readonly expiresAt: number | null;
      readonly scopes: string[] | null;
      readonly touchDue: boolean;
    }
  | { readonly tag: "budgets"; readonly chain: BudgetView[]; readonly binding: number | null }
  | { readonly tag: "charged"; readonly used: number; readonly remaining: number | null; readonly overdraft: number }
  | {
      readonly tag: "held";
      readonly hold: HoldView;
      readonly used: number;
      readonly remaining: number | null;
      /** With `validates`, unless an earlier try is answered for. */
      readonly validated?: Answer;
    }
  | { readonly tag: "settled"; readonly cost: number; readonly overdraft: number; readonly late: boolean }
  | { readonly tag: "released"; readonly amount: number }
  | {
      readonly tag: "minted";
      readonly row: NodeRow;
      readonly clamped: { readonly scopes: boolean; readonly budgetCents: boolean; readonly expiresAt: boolean };
    }
  | { readonly tag: "revoked"; readonly now: boolean }
  | { readonly tag: "budgetSet"; readonly budget: BudgetView }
  | { readonly tag: "touched" };

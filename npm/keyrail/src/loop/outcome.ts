/** Answers of the resident ledger, as numbers: the node and hold handles are those of the ledger. */
import type { EntryKind, HoldRow, NodeRow } from "../store/contract.js";

/** A budget as it stands at the decision. */
export interface BudgetNumbers {
  readonly node: number;
  readonly cap: number | null;
  readonly spent: number;
  readonly held: number;
  readonly period: NodeRow["period"];
  readonly window: number;
  readonly windowStart: number;
  readonly resetAt: number | null;
}

/** How a hold was ended. */
export type HoldEndNumbers = Pick<HoldRow, "state" | "endedAt" | "settled">;

/** A hold as it stands at the decision. */
export interface HoldNumbers extends HoldEndNumbers {
  readonly hold: number;
  readonly amount: number;
  readonly expiresAt: number;
  readonly expired: boolean;
}

/** What a command answered. Amounts in microcents, times in ms. */
export type Outcome =
  | { readonly tag: "missing" }
  | {
      readonly tag: "refused";
      readonly reason: number;
      readonly requested: number;
      readonly binding: BudgetNumbers | null;
    }
  | {
      readonly tag: "valid";
      readonly budget: BudgetNumbers;
      readonly expiresAt: number | null;
      readonly touchDue: boolean;
      readonly scopes: number[] | null;
    }
  | { readonly tag: "budgets"; readonly binding: number | null; readonly chain: BudgetNumbers[] }
  | { readonly tag: "charged"; readonly used: number; readonly remaining: number | null; readonly overdraft: number }
  | { readonly tag: "held"; readonly used: number; readonly remaining: number | null; readonly hold: HoldNumbers }
  | { readonly tag: "settled"; readonly cost: number; readonly overdraft: number; readonly late: boolean }
  | { readonly tag: "released"; readonly amount: number }
  | {
      readonly tag: "minted";
      readonly node: number;
      readonly cap: number | null;
      readonly expiresAt: number | null;
      readonly clamped: { readonly scopes: boolean; readonly budgetCents: boolean; readonly expiresAt: boolean };
      readonly scopes: number[] | null;
    }
  | { readonly tag: "revoked"; readonly now: boolean }
  | { readonly tag: "budgetSet"; readonly budget: BudgetNumbers }
  | { readonly tag: "touched" };

/** The changing part of a node. */
export type NodeStateNumbers = Pick<
  NodeRow,
  | "revokedAt"
  | "lastUsedAt"
  | "trueToSeq"
  | "root"
  | "capMicrocents"
  | "period"
  | "alignment"
  | "anchorAt"
  | "window"
  | "windowStart"
  | "resetAt"
  | "spentMicrocents"
  | "buckets"
>;

/** A hold's row. */
export interface HoldRowNumbers extends HoldEndNumbers {
  readonly node: number;
  readonly amount: number;
  readonly createdAt: number;
  readonly expiresAt: number;
  readonly windows: number[];
}

/** An entry's row. */
export interface EntryNumbers {
  readonly seq: number;
  readonly entryKind: EntryKind;
  readonly node: number;
  readonly at: number;
  readonly amount: number;
  readonly asked: number;
  readonly hold: number | null;
  readonly expiresAt: number | null;
  readonly used: number;
  readonly remaining: number | null;
  readonly overdraft: number;
  readonly late: boolean;
  readonly windows: readonly number[];
}

/** What must be committed for the answers of a tree to be true. Nodes and holds are handles. */
export interface ChangeNumbers {
  readonly nodesRead: number[];
  readonly holdsRead: number[];
  readonly nodesPut: { readonly node: number; readonly state: NodeStateNumbers }[];
  readonly holdsPut: { readonly hold: number; readonly row: HoldRowNumbers }[];
  readonly entries: EntryNumbers[];
}

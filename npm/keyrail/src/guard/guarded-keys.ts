/** What the guard asks of its keys: `AgentKey`, or any older object with the original's methods. */
import type {
  Binding,
  BudgetInfo,
  ExtendResult,
  Metadata,
  Ref,
  ReleaseResult,
  ReserveOptions,
  ReserveResult,
  SettleResult,
  ValidKey,
} from "../agent-key/types.js";

/** A refusal by `validate`. Older objects know no binding. */
export interface RefusedKey {
  readonly valid: false;
  readonly reason: string;
  readonly binding?: Binding;
}

/** A validation, and what came of the hold that was asked for with it. */
export interface AdmittedKey {
  readonly validation: ValidKey | RefusedKey;
  readonly reserved: ReserveResult;
}

/** What the guard asks of whatever keeps the rows, however a caller is recognised. Older objects have only `hasScope`. */
export interface GuardedRows {
  hasScope(validation: ValidKey, scope: string): boolean;
  settle?(holdId: string, options: { readonly costCents: number; readonly metadata?: Metadata }): Promise<SettleResult>;
  release?(holdId: string): Promise<ReleaseResult>;
  extend?(holdId: string, options?: { readonly ttl?: string | number }): Promise<ExtendResult>;
  budgets?(ref: Ref): Promise<readonly BudgetInfo[]>;
  notice?(code: string, message: string): void;
  /** The clock that the answers' times come from, in ms. */
  now?(): number;
}

/** The methods without which there is nothing to guard with. */
export interface GuardedKeys extends GuardedRows {
  validate(key: string): Promise<ValidKey | RefusedKey>;
  reserve?(key: string, options: ReserveOptions): Promise<ReserveResult>;
  /** Both at once; without it both are asked at the same time. */
  admit?(key: string, options: ReserveOptions): Promise<AdmittedKey>;
}

/** Rows whose holds can be ended. */
export type HoldingRows = GuardedRows & Required<Pick<GuardedRows, "settle" | "release" | "extend">>;

/** Whether an object can settle, release and extend. */
export function canSettle(ak: GuardedRows): ak is HoldingRows {
  return [ak.settle, ak.release, ak.extend].every((method) => typeof method === "function");
}

/** The time of the keys' own clock where they tell it, else this process's, in ms. */
export function timeOf(ak: GuardedRows): number {
  try {
    return ak.now?.() ?? Date.now();
  } catch {
    // It only paces extends and headers: a clock that fails for a moment must not end a request.
    return Date.now();
  }
}

/** What went wrong, for a notice. */
export function faultText(fault: unknown): string {
  return fault instanceof Error ? `${fault.name}: ${fault.message}` : `a thrown ${typeof fault}`;
}

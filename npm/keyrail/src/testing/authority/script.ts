/** What a script says. Keys and holds go by numbers of its own; so they do in its answers. */

/** Names a key or a hold: by its secret, its id or its subject, or what is new. */
export interface Named {
  readonly key?: number;
  readonly id?: number;
  readonly subject?: number;
  readonly hold?: number;
  readonly new?: number;
}

/** The methods that scripts call; where a subject is named, those that end in `BySubject`. */
export type Method =
  | "create"
  | "ensureSubject"
  | "validate"
  | "trackUsage"
  | "reserve"
  | "settle"
  | "release"
  | "extend"
  | "budgets"
  | "headroom"
  | "setBudget"
  | "revoke"
  | "revokeTree"
  | "subtree";

/** When it is asked, in ms since the start; what; on whom; its options; its answer, or `{ throws: code }`. */
export type Step = readonly [afterMs: number, method: Method, on: Named, options: unknown, answer: unknown];

/** One story. */
export interface Script {
  readonly name: string;
  readonly steps: readonly (readonly unknown[])[];
}

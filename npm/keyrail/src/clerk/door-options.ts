/** What a door for Clerk's credentials is told: whose keys, which budget a caller counts on, and how long an answer is good. */
import type { BudgetChange, Ref, ReserveOptions, ReserveResult, SubjectOptions, ValidKey } from "../agent-key/types.js";
import type { AdmittedKey, GuardedRows, RefusedKey } from "../guard/index.js";
import type { ClerkApiKeyClient, ClerkM2MClient, VerifiedApiKey, VerifiedM2MToken } from "./types.js";

/** What the rows of Clerk's subjects are kept in: an `AgentKey`, or any object with agentkey's own methods. */
export interface ClerkKeys extends GuardedRows {
  validateBySubject(subject: string): Promise<ValidKey | RefusedKey>;
  ensureSubject(subject: string, options?: SubjectOptions): Promise<unknown>;
  trackUsageBySubject(subject: string, options: { readonly costCents: number }): Promise<unknown>;
  reserveBySubject?(subject: string, options: ReserveOptions): Promise<ReserveResult>;
  /** Validation and hold at once; without it both are asked at the same time. */
  admitBySubject?(subject: string, options: ReserveOptions): Promise<AdmittedKey>;
  setBudget?(ref: Ref, change: BudgetChange): Promise<unknown>;
}

/** The row above a caller's: one that is there, or a subject with what it gets if it is not there yet. */
export type ClerkParent = Ref | ParentSubject;

/** A subject above another one, such as an organisation above its users, made when it is first seen. */
export interface ParentSubject extends Omit<SubjectOptions, "parent"> {
  readonly subject: string;
  readonly parent?: ClerkParent | undefined;
}

/** What every door for one of Clerk's credentials takes; `Verified` is what Clerk says about it. */
export interface ClerkDoorOptions<Verified> {
  /** An `AgentKey`, or any object with agentkey's methods for subjects. */
  readonly ak: ClerkKeys;
  /** What a subject gets when it is first seen. Without it and `onFirstSeen` there is no cap at all. */
  readonly defaults?: SubjectOptions | undefined;
  /** The same, told from what Clerk says; it goes before `defaults`. */
  readonly onFirstSeen?: ((verified: Verified) => SubjectOptions | Promise<SubjectOptions>) | undefined;
  /**
   * Whose budget a caller counts on: its subject's (`"subject"`, the default), or one of its own
   * (`"key"`), of which the credential's id is the subject.
   */
  readonly budgetBy?: "subject" | "key" | undefined;
  /**
   * The row above a caller's, asked for when the caller's is made. It stays what it was then. A subject that
   * is not there yet is made with the options beside it.
   */
  readonly parent?: ((verified: Verified) => ClerkParent | undefined | Promise<ClerkParent | undefined>) | undefined;
  /**
   * The budget that the caller should have by what Clerk says now, such as by the plan in its claims. It is
   * asked for once an answer of Clerk's, and set where it differs; nothing leaves it as it is.
   */
  readonly syncBudget?:
    | ((verified: Verified) => BudgetChange | undefined | Promise<BudgetChange | undefined>)
    | undefined;
  /** Whether a good credential of a subject without a row gets one (`"allow"`, the default) or 403 (`"deny"`). */
  readonly unknownSubject?: "allow" | "deny" | undefined;
  /** Refuses credentials without the prefix of their kind, unasked; default `false`. */
  readonly strictPrefix?: boolean | undefined;
  /** How long an answer of Clerk's is good: a duration or ms, up to an hour; default `"60s"`, 0 asks every time. */
  readonly cacheTtl?: string | number | undefined;
  /**
   * Whether what Clerk's own middleware, mounted before this one, found out about the same credential is taken
   * instead of asking again; default `true` for API keys and `false` for M2M tokens. That middleware lets in what
   * Clerk does not refuse: it looks neither at `revoked` nor at `expired`, and it may ask with another machine's
   * key.
   */
  readonly reuseAuth?: boolean | undefined;
  /** How long to wait for Clerk: a duration or ms, up to a minute; default `"3s"`. */
  readonly timeout?: string | number | undefined;
}

/** What a door for Clerk's API keys takes. */
export interface ApiKeyDoorOptions extends ClerkDoorOptions<VerifiedApiKey> {
  /** Clerk's backend client, or anything with its `apiKeys.verify(secret)`. */
  readonly clerkClient: ClerkApiKeyClient;
}

/** What a door for Clerk's machine-to-machine tokens takes. */
export interface M2MDoorOptions extends ClerkDoorOptions<VerifiedM2MToken> {
  /** Clerk's backend client, or anything with its `m2m.verify({token})`. */
  readonly clerkClient: ClerkM2MClient;
  /**
   * Which formats are taken; default only `"opaque"`. A JWT cannot be revoked, and its scopes are what its
   * sender claims.
   */
  readonly formats?: readonly ("opaque" | "jwt")[] | undefined;
  /** The ids of the machines that may call; nothing lets every machine of the instance in. */
  readonly machines?: readonly string[] | undefined;
}

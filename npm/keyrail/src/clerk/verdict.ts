/** What an answer of Clerk's means for the request that asked. */
import { faultOf } from "./sdk-fault.js";
import { snapshotOf } from "./snapshot.js";
import type { VerifiedCredential } from "./types.js";

/** Clerk, or the way to it, failed; the message holds no secret. */
export interface ProviderDown {
  readonly kind: "down";
  /** What Clerk asked for. */
  readonly retryAfterSeconds?: number;
  readonly message: string;
}

/** Something was thrown that nobody knows; the message holds no secret. */
export interface UnknownFault {
  readonly kind: "fault";
  readonly message: string;
}

/** What becomes of a credential. */
export type Verdict<V> =
  | { readonly kind: "good"; readonly verified: V }
  | { readonly kind: "bad" }
  | ProviderDown
  | UnknownFault;

/** What Clerk's client gave when it was asked; what that means changes with the time. */
export type Answer<V> =
  | { readonly kind: "verified"; readonly verified: V }
  /** Clerk knows no such credential, and will not for a while. */
  | { readonly kind: "unknown" }
  | { readonly kind: "bad" }
  | ProviderDown
  | UnknownFault;

/** No good, for whatever reason: the caller is not told which. */
export const BAD = { kind: "bad" } as const;

const UNREADABLE: ProviderDown = { kind: "down", message: "Clerk's answer was no credential with an id and a subject" };

/**
 * Asks, and reads whatever comes of it. It never rejects.
 *
 * @param ask the call of Clerk's client
 * @param credential what is asked about, so that nothing of it is kept
 */
export async function answerOf<V extends VerifiedCredential>(
  ask: (credential: string) => Promise<V>,
  credential: string,
): Promise<Answer<V>> {
  let answered: unknown;
  try {
    answered = await ask(credential);
  } catch (fault) {
    return faultOf(fault);
  }
  try {
    return readAnswer<V>(answered, credential);
  } catch {
    // A member that throws when it is read is no better than one that is missing.
    return UNREADABLE;
  }
}

/** The SDK passes on whatever came with status 200: a page's text, an empty object, nothing. */
function readAnswer<V extends VerifiedCredential>(answered: unknown, credential: string): Answer<V> {
  if (typeof answered !== "object" || answered === null || Array.isArray(answered)) return UNREADABLE;
  const verified = credentialOf<V>(answered, credential);
  return verified === undefined ? UNREADABLE : { kind: "verified", verified };
}

/**
 * A copy of what was said of a credential; nothing where that lacks an id or a subject, or has an end that is none.
 *
 * @param said an object; its getters are read once
 * @param credential what it is about
 */
export function credentialOf<V extends VerifiedCredential>(said: object, credential: string): V | undefined {
  const verified = snapshotOf(said as V, credential);
  const { id, subject, expiration } = verified as Partial<Record<keyof V, unknown>>;
  const isNamed = typeof id === "string" && id !== "" && typeof subject === "string" && subject !== "";
  const hasEnd = expiration !== undefined && expiration !== null;
  if (!isNamed || (hasEnd && (typeof expiration !== "number" || Number.isNaN(expiration)))) return undefined;
  return verified;
}

/** Whether what Clerk vouched for is still good at a time, in ms. */
export function isGood({ revoked, expired, expiration }: VerifiedCredential, nowMs: number): boolean {
  return !revoked && !expired && (typeof expiration !== "number" || expiration > nowMs);
}

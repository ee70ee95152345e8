/** Calls Clerk's client for something to be done, and says what went wrong in Keyrail's words. */
import { KeyrailError } from "../errors.js";
import { within } from "./deadline.js";
import { isSafe, wordsOf } from "./sdk-words.js";

/** One call: what it does, in words for its errors, and how. */
export interface ClerkCall {
  /** Such as `"revoking mt_1"`; no secret. */
  readonly doing: string;
  readonly timeoutMs: number;
  /** What may not be in an error, beside keys that are sent as a bearer. */
  readonly secrets: readonly string[];
}

/**
 * Calls Clerk, and waits as long as it may.
 *
 * @throws {KeyrailError} `identity_unavailable`, `clerk_unauthorized`, `clerk_refused`, `not_found`,
 * `clerk_fault`; the SDK's error is its cause, unless that holds a secret
 * @example
 * ```ts
 * await callClerk({ doing: "listing", timeoutMs: 3_000, secrets: [] }, () => client.m2m.list({ subject: "mch_1" }));
 * ```
 */
export async function callClerk(call: ClerkCall, send: () => Promise<unknown>): Promise<unknown> {
  const { doing, timeoutMs } = call;
  const outcome = await within(settled(send), timeoutMs);
  if (outcome === undefined) {
    const message = `${doing}: Clerk did not answer within ${timeoutMs} ms; it may be done all the same`;
    throw new KeyrailError("identity_unavailable", message);
  }
  if ("value" in outcome) return outcome.value;
  const { code, message } = wordsOf(outcome.fault);
  const cause = isSafe(outcome.fault, call.secrets) ? { cause: outcome.fault } : {};
  throw new KeyrailError(code, `${doing}: ${message}`, cause);
}

type Outcome = { readonly value: unknown } | { readonly fault: unknown };

async function settled(send: () => Promise<unknown>): Promise<Outcome> {
  try {
    return { value: await send() };
  } catch (fault) {
    return { fault };
  }
}

/** The answer was none of what may be answered: a page's text, an empty object, nothing. */
export function unreadable(doing: string): KeyrailError {
  return new KeyrailError("identity_unavailable", `${doing}: Clerk's answer could not be understood; it may be done`);
}

/** Calls Clerk's client for something to be done, and says what went wrong in Keyrail's words. */
import { KeyrailError } from "../errors.js";
import { within } from "./deadline.js";

/** Clerk's codes; no key is written so. */
const PLAIN_CODE = /^[a-z]+(_[a-z]+){0,9}$/;

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
  const { code, message } = safely(() => read(outcome.fault)) ?? OTHER;
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

/** An error in Keyrail's words. */
interface Words {
  readonly code: string;
  readonly message: string;
}

const OTHER: Words = { code: "clerk_fault", message: "Clerk's client threw an error of another kind" };

function read(fault: unknown): Words {
  const { clerkError, status, errors, retryAfter } = (isObject(fault) ? fault : {}) as Record<string, unknown>;
  if (clerkError !== true) return OTHER;
  if (status === 401 || status === 403) {
    const message = `Clerk answered ${status}: it does not take this key for that; a machine's key makes tokens, the instance's manages machines`;
    return { code: "clerk_unauthorized", message };
  }
  if (status === 404) return { code: "not_found", message: "Clerk knows no such thing, or not under this key" };
  if (status === 400 || status === 422) {
    return { code: "clerk_refused", message: `Clerk answered ${status}${codeOf(errors)}` };
  }
  const wait = typeof retryAfter === "number" && retryAfter >= 0 ? `; try again in ${Math.ceil(retryAfter)} s` : "";
  const message = typeof status === "number" ? `Clerk answered ${status}` : "Clerk could not be reached or understood";
  return { code: "identity_unavailable", message: message + wait };
}

/** Clerk's own code; its words may repeat what was sent. */
function codeOf(errors: unknown): string {
  const code: unknown = Array.isArray(errors) && isObject(errors[0]) ? errors[0]["code"] : undefined;
  return typeof code === "string" && PLAIN_CODE.test(code) ? `, ${code}` : "";
}

/** A key with a stray character is repeated in the words of whoever refuses to send it. */
function isSafe(fault: unknown, secrets: readonly string[]): boolean {
  const words = safely(() => {
    const { message, stack, errors } = (isObject(fault) ? fault : {}) as Record<string, unknown>;
    return `${String(message ?? fault)} ${String(stack)} ${JSON.stringify(errors)}`;
  });
  return words !== undefined && !words.includes("Bearer ") && !secrets.some((secret) => words.includes(secret));
}

/** What is thrown may be anything, also something that throws when it is looked at. */
function safely<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

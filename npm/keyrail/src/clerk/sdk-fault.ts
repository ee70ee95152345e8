/**
 * What a value means that Clerk's client threw. It is told by its members, since an application may hold
 * two copies of the SDK. No message is passed on: some hold the application's own secret key.
 */
import type { ProviderDown, UnknownFault } from "./verdict.js";

/** What a thrown value can mean. */
type Refusal = { readonly kind: "unknown" } | { readonly kind: "bad" } | ProviderDown | UnknownFault;

const RETRY_AFTER_SECONDS_MAX = 86_400;
const UNTOLD = "its message is left out, since it may hold a key";
/** A name that is safe to show. */
const PLAIN_NAME = /^[A-Za-z]{1,40}$/;

/**
 * How the messages begin by which the SDK says that a JWT is bad. Everything else under the same code is about
 * fetching the keys, in the words of whichever runtime failed to.
 */
const BAD_JWT = [
  "JWT ",
  "Invalid JWT ",
  "Subject claim (sub) ",
  // These two also mean a token that names a key or an algorithm of its own choice.
  "Unable to find a signing key in JWKS ",
  "Error verifying JWT signature",
];

/**
 * Tells a bad credential from a fault of Clerk's and from one that nobody knows.
 *
 * @example
 * ```ts
 * faultOf({ clerkError: true, status: 429, retryAfter: 7 }).kind; // "down"
 * faultOf(new Error("?")).kind; // "fault"
 * ```
 */
export function faultOf(fault: unknown): Refusal {
  try {
    return read(fault);
  } catch {
    return unknown("a value that cannot be read");
  }
}

function read(fault: unknown): Refusal {
  if (typeof fault !== "object" || fault === null) return unknown(fault === null ? "null" : typeof fault);
  const { clerkError, code, message, name } = fault as Record<string, unknown>;
  const kind = (fault.constructor as { kind?: unknown } | undefined)?.kind;
  if (kind === "MachineTokenVerificationError") return machineToken(code, String(message));
  if (kind === "ClerkAPIResponseError" || clerkError === true) return apiResponse(fault as Record<string, unknown>);
  if (String(message).startsWith("Missing Clerk Secret Key")) return unknown("an error: it has no secret key");
  return unknown(typeof name === "string" && PLAIN_NAME.test(name) ? `a ${name}; ${UNTOLD}` : "an object");
}

function apiResponse({ status, errors, retryAfter }: Record<string, unknown>): Refusal {
  if (status === 400) return { kind: "bad" };
  // A 404 without Clerk's words may be that of a gateway which lost its way: it is not remembered.
  if (status === 404) return { kind: Array.isArray(errors) && errors.length > 0 ? "unknown" : "bad" };
  const message =
    typeof status === "number" ? `Clerk answered ${status}` : "Clerk could not be reached, or not be understood";
  if (typeof retryAfter !== "number" || !(retryAfter >= 0)) return { kind: "down", message };
  return { kind: "down", message, retryAfterSeconds: Math.min(Math.ceil(retryAfter), RETRY_AFTER_SECONDS_MAX) };
}

function machineToken(code: unknown, message: string): Refusal {
  const isBad =
    code === "token-invalid" ||
    (code === "token-verification-failed" && BAD_JWT.some((beginning) => message.startsWith(beginning)));
  return isBad ? { kind: "bad" } : { kind: "down", message: "the keys that Clerk signs tokens with cannot be had" };
}

const unknown = (what: string): UnknownFault => ({ kind: "fault", message: `Clerk's client threw ${what}` });

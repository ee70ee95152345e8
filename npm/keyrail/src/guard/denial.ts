/** The answers that end a request before its handler: status, headers and body. */
import type { Binding } from "../agent-key/types.js";
import { secondsUntil } from "./rate-limit.js";

/** An HTTP answer that stands in for the handler's. */
export interface Denial {
  readonly ok: false;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Readonly<Record<string, unknown>>;
}

/** The characters of a scope in a challenge (RFC 6750); others would break the header. */
const CHALLENGE_SCOPE = /^[\x21\x23-\x5b\x5d-\x7e]+(?: [\x21\x23-\x5b\x5d-\x7e]+)*$/;

const denial = (status: number, body: Denial["body"], headers: Denial["headers"] = {}): Denial => ({
  ok: false,
  status,
  headers,
  body,
});

/** No credential was sent: 401. */
export const missing = (error: string): Denial => denial(401, { error }, { "WWW-Authenticate": "Bearer" });

/** A credential was sent and is not good: 401 with the reason. */
export const invalidToken = (reason: string): Denial =>
  denial(401, { error: reason }, { "WWW-Authenticate": 'Bearer error="invalid_token"' });

/** The key is good and lacks a scope: 403. */
export function insufficientScope(required: string, available: readonly string[] | null): Denial {
  const scope = CHALLENGE_SCOPE.test(required) ? `, scope="${required}"` : "";
  const challenge = `Bearer error="insufficient_scope"${scope}`;
  return denial(403, { error: "insufficient_scope", required, available }, { "WWW-Authenticate": challenge });
}

/**
 * A budget on the chain does not allow it: 429. An ancestor's figures stay private.
 *
 * @param binding the budget that refused, where it is known
 * @param isOwn whether that budget is the caller's own
 * @param nowMs the time from which `Retry-After` counts
 */
export function overBudget(binding: Binding | undefined, isOwn: boolean, nowMs: number): Denial {
  const error = "budget_exceeded";
  if (binding === undefined) return denial(429, { error });
  const { period, resetAt, requestedCents } = binding;
  const shown = isOwn ? binding : { ancestor: true, period, resetAt, requestedCents };
  const headers = resetAt === null ? {} : { "Retry-After": String(secondsUntil(resetAt, nowMs)) };
  return denial(429, { error, binding: shown }, headers);
}

/** The credential is good and no row is kept for whom it names, nor shall one be made: 403. */
export const unknownSubject = (): Denial => denial(403, { error: "unknown_subject" });

/**
 * Whoever vouches for the credential could not be asked: 503, and no word about what happened.
 *
 * @param retryAfterSeconds when to come again, where that is known
 */
export const providerDown = (retryAfterSeconds: number | undefined): Denial =>
  denial(
    503,
    { error: "auth_unavailable" },
    retryAfterSeconds === undefined ? {} : { "Retry-After": String(retryAfterSeconds) },
  );

/** The store failed, or something that nobody expected: 500, and no word about what. */
export const unavailable = (): Denial => denial(500, { error: "auth_unavailable" });

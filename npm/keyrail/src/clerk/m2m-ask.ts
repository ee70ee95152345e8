/** What Clerk's client says about a machine-to-machine token, as far as Clerk itself vouches for it. */
import { hasJwtForm } from "./machine-jwt.js";
import type { VerifiedM2MToken } from "./types.js";

/**
 * Takes from an answer what Clerk does not vouch for: what a JWT calls `scopes` or `aud` its sender has written.
 * They stay among its claims, and its scopes are none.
 *
 * @param verify asks Clerk's client
 * @example
 * ```ts
 * const ask = askAboutM2M((token) => clerkClient.m2m.verify({ token }));
 * const { subject } = await ask("mt_…");
 * ```
 */
export function askAboutM2M(
  verify: (token: string) => Promise<VerifiedM2MToken>,
): (token: string) => Promise<VerifiedM2MToken> {
  return async (token) => {
    const verified = await verify(token);
    const isAnswer = typeof verified === "object" && verified !== null && !Array.isArray(verified);
    return hasJwtForm(token) && isAnswer ? { ...verified, scopes: [] } : verified;
  };
}

/** Asks Clerk about a machine-to-machine token. */
import type { ClerkM2MClient, VerifiedM2MToken } from "./types.js";

/** A JWT as the SDK tells one. */
const JWT = /^[\w-]+\.[\w-]+\.[\w-]+$/;

/**
 * How a client is asked about a token.
 *
 * What a JWT calls `scopes` or `aud` its sender has written, not Clerk: they stay among its claims, and its
 * scopes are none.
 *
 * @param machineSecretKey sent instead of the client's own key
 * @example
 * ```ts
 * const { subject } = await askAboutM2M(clerkClient)("mt_…");
 * ```
 */
export function askAboutM2M(
  client: ClerkM2MClient,
  machineSecretKey?: string,
): (token: string) => Promise<VerifiedM2MToken> {
  const key = machineSecretKey === undefined ? {} : { machineSecretKey };
  return async (token) => {
    const verified = await client.m2m.verify({ ...key, token });
    const isAnswer = typeof verified === "object" && verified !== null && !Array.isArray(verified);
    return JWT.test(token) && isAnswer ? { ...verified, scopes: [] } : verified;
  };
}

/** What Clerk's own middleware, mounted before a door, has already found out about a request's credential. */
import { hasJwtForm } from "./machine-jwt.js";
import type { CredentialKind, VerifiedCredential } from "./types.js";
import { credentialOf } from "./verdict.js";

/** What Clerk's SDK calls each kind. */
const TOKEN_TYPES: Readonly<Record<CredentialKind, string>> = { apiKey: "api_key", m2m: "m2m_token" };
/** What Clerk says of a credential; the rest of the object is about the request. */
const MEMBERS = ["id", "name", "subject", "scopes", "claims", "revoked", "expired", "expiration"];

/**
 * Reads what Clerk's middleware left on a request: an object, or a function that gives one.
 *
 * Other libraries leave their own `auth` at the same place, with whatever a token's sender has written in it. So
 * nothing is believed but an object that says it stands for a credential of this kind and gives that very
 * credential back: what was parsed from a token or a body holds no function.
 *
 * @param left what was found on the request
 * @param credential the one that the request carries
 * @returns what Clerk says about it, or nothing where somebody has to ask
 * @example
 * ```ts
 * const verified = await alreadyVerified(request.auth, "apiKey", "ak_…");
 * ```
 */
export async function alreadyVerified<V extends VerifiedCredential>(
  left: unknown,
  kind: CredentialKind,
  credential: string,
): Promise<V | undefined> {
  if (left === undefined || left === null) return undefined;
  try {
    const tokenType = TOKEN_TYPES[kind];
    const auth: unknown = typeof left === "function" ? await left({ acceptsToken: tokenType }) : left;
    if (typeof auth !== "object" || auth === null) return undefined;
    const { isAuthenticated, tokenType: given, getToken } = auth as Record<string, unknown>;
    if (isAuthenticated !== true || given !== tokenType || typeof getToken !== "function") return undefined;
    if ((await getToken.call(auth)) !== credential) return undefined;
    return readAuth<V>(auth as Record<string, unknown>, credential);
  } catch {
    // Somebody else's function, or one that no longer answers: Clerk is asked instead.
    return undefined;
  }
}

function readAuth<V extends VerifiedCredential>(
  auth: Readonly<Record<string, unknown>>,
  credential: string,
): V | undefined {
  const said = Object.fromEntries(MEMBERS.filter((name) => auth[name] !== undefined).map((name) => [name, auth[name]]));
  // What a JWT calls its scopes its sender has written.
  return credentialOf<V>(hasJwtForm(credential) ? { ...said, scopes: [] } : said, credential);
}

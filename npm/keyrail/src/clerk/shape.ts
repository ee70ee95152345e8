/** What can be told of a credential by looking at it, before anybody is asked: each answer of Clerk's is paid for. */
import { hasJwtForm, isMachineJwt } from "./machine-jwt.js";
import type { CredentialKind } from "./types.js";

/** How a token is written: a name that only Clerk can look up, or claims that Clerk signed. */
export type TokenFormat = "opaque" | "jwt";

/** What a route takes. */
export interface TakenCredentials {
  readonly kind: CredentialKind;
  /** Takes no opaque credential without the prefix of its kind. */
  readonly strictPrefix: boolean;
  readonly formats: readonly TokenFormat[];
}

const LENGTH_MAX = 4_096;
const PREFIXES: Readonly<Record<CredentialKind, string>> = { apiKey: "ak_", m2m: "mt_" };
/** `oat_` is an OAuth access token, which is neither kind. */
const OTHER_PREFIXES: Readonly<Record<CredentialKind, readonly string[]>> = {
  apiKey: ["mt_", "oat_"],
  m2m: ["ak_", "oat_"],
};

/**
 * Whether it is worth asking Clerk about a credential. A shape that nobody knows is, unless the prefix is
 * asked for: what the credential is, the prefix alone never tells.
 *
 * @example
 * ```ts
 * mayBe("mt_1", { kind: "apiKey", strictPrefix: false, formats: ["opaque"] }); // false: another kind
 * mayBe("tok", { kind: "apiKey", strictPrefix: false, formats: ["opaque"] }); // true
 * ```
 */
export function mayBe(credential: string, taken: TakenCredentials): boolean {
  const { kind, strictPrefix, formats } = taken;
  if (credential === "" || credential.length > LENGTH_MAX || /[\s\p{Cc}]/u.test(credential)) return false;
  // Half a surrogate has no bytes of its own: two such texts would share a hash.
  if (!credential.isWellFormed()) return false;
  if (hasJwtForm(credential)) return kind === "m2m" && formats.includes("jwt") && isMachineJwt(credential);
  if (!formats.includes("opaque")) return false;
  if (OTHER_PREFIXES[kind].some((prefix) => credential.startsWith(prefix))) return false;
  return !strictPrefix || credential.startsWith(PREFIXES[kind]);
}

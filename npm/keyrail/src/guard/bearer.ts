/** Reads the secret out of an `Authorization` header, before anything is hashed or asked of a store. */

/** Longer than any credential that is meant; beyond it nothing is looked at. */
const AUTHORIZATION_LENGTH_MAX = 4_096;

/** What the header held: a secret, nothing to go by, or something that cannot be one. */
export type Bearer =
  | { readonly kind: "secret"; readonly secret: string }
  | { readonly kind: "missing" }
  | { readonly kind: "malformed" };

/**
 * Reads the one bearer token of a request.
 *
 * The scheme may be in any case (RFC 9110) and is set off by spaces. A header of another scheme counts
 * as missing. Two headers, two tokens in one, or more than 4,096 characters are malformed.
 *
 * @param authorization the field's values, one for each time the header was sent
 * @example
 * ```ts
 * readBearer(["bearer ak_1"]); // { kind: "secret", secret: "ak_1" }
 * readBearer([]); // { kind: "missing" }
 * readBearer(["Bearer ak_1 ak_2"]); // { kind: "malformed" }
 * ```
 */
export function readBearer(authorization: readonly string[]): Bearer {
  const [value, ...others] = authorization;
  if (value === undefined) return { kind: "missing" };
  if (others.length > 0 || value.length > AUTHORIZATION_LENGTH_MAX) return { kind: "malformed" };
  const field = value.trim();
  if (!/^bearer(?: |$)/i.test(field)) return { kind: "missing" };
  const secret = field.slice("bearer".length).trim();
  if (secret === "") return { kind: "missing" };
  return /\s/.test(secret) ? { kind: "malformed" } : { kind: "secret", secret };
}

/**
 * The fields that one joined `Authorization` header was made of. `Headers` joins what was sent twice with a
 * comma, which no bearer token holds; the schemes that do hold one are left whole.
 *
 * @example
 * ```ts
 * authorizationFields("Bearer ak_1, Bearer ak_2"); // ["Bearer ak_1", "Bearer ak_2"]
 * authorizationFields('Digest realm="a", qop=auth'); // ['Digest realm="a", qop=auth']
 * authorizationFields(null); // []
 * ```
 */
export function authorizationFields(joined: string | null): readonly string[] {
  if (joined === null) return [];
  const fields = joined.split(/, */);
  return fields.some((field) => /^bearer(?: |$)/i.test(field)) ? fields : [joined];
}

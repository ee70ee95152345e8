/** Tells the JWTs of machines from what only has the form of a JWT, without a look at their signature. */

const MACHINE_ID_PREFIX = "mch_";
/** Every text that Clerk's SDK would read as a JWT. */
const JWT = /^[\w-]+\.[\w-]+\.[\w-]+$/;

/** Whether a credential has the form of a JWT. */
export function hasJwtForm(credential: string): boolean {
  return JWT.test(credential);
}

/**
 * Whether a JWT says that it is a machine's. Any other one the SDK would send to Clerk as if it were opaque, also
 * where it was only given a key to check signatures with; and over a header that is `null` it trips.
 *
 * @example
 * ```ts
 * isMachineJwt("eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJtY2hfMSJ9.c2ln"); // true
 * isMachineJwt("eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ1c2VyXzEifQ.c2ln"); // false: a user's session
 * ```
 */
export function isMachineJwt(jwt: string): boolean {
  const [header, payload] = jwt.split(".").map(decoded);
  return isObject(header) && isObject(payload) && isMachineId(payload["sub"]);
}

/** What a part says; undefined for what is no JSON. As Latin-1, which leaves an id as it is. */
function decoded(part: string): unknown {
  try {
    return JSON.parse(atob(part.replaceAll("-", "+").replaceAll("_", "/")));
  } catch {
    return undefined;
  }
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null;

const isMachineId = (subject: unknown): boolean => typeof subject === "string" && subject.startsWith(MACHINE_ID_PREFIX);

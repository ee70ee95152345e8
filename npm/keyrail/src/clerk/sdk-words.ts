/** An error of Clerk's SDK in Keyrail's words, since the SDK's own may hold a key. */

/** Clerk's codes; no key is written so. */
const PLAIN_CODE = /^[a-z]+(_[a-z]+){0,9}$/;

/** Whatever is nested deeper is not shown. */
const DEPTH_MAX = 5;

/** An error in Keyrail's words. */
export interface Words {
  readonly code: string;
  readonly message: string;
}

/** What is said of whatever is none of the SDK's errors. */
export const OTHER: Words = { code: "clerk_fault", message: "Clerk's client threw an error of another kind" };

/** What Clerk's client threw, without a word of its own. */
export function wordsOf(fault: unknown): Words {
  return safely(() => read(fault)) ?? OTHER;
}

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

/**
 * Whether an error may be shown as it is. A key with a stray character is repeated in the words of whoever refuses
 * to send it.
 *
 * @param secrets what it may not hold, beside keys that are sent as a bearer
 */
export function isSafe(fault: unknown, secrets: readonly string[]): boolean {
  const words = safely(() => textOf(fault, 0));
  return words !== undefined && !words.includes("Bearer ") && !secrets.some((secret) => words.includes(secret));
}

/** All that an error says, and those that it holds. */
function textOf(fault: unknown, depth: number): string {
  if (depth > DEPTH_MAX) throw new RangeError("an error within too many others");
  const { message, stack, errors, cause } = (isObject(fault) ? fault : {}) as Record<string, unknown>;
  const held = [cause ?? [], errors ?? []].flat().map((inner) => textOf(inner, depth + 1));
  return [String(message ?? fault), String(stack), JSON.stringify(errors), ...held].join(" ");
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

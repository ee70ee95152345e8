/** A copy of what Clerk said, which nobody can change: one answer serves many requests. */

/** Deeper than any claims that are meant; what lies beyond is left out. */
const DEPTH_MAX = 32;

/**
 * Copies an answer and freezes the copy. Members that are the credential itself are left out, so that
 * nothing that is kept holds it.
 *
 * @param answer an object; its getters are read once
 * @param credential what was asked about
 */
export function snapshotOf<T extends object>(answer: T, credential: string): Readonly<T> {
  return copyObject(answer, credential, 0) as Readonly<T>;
}

function copy(value: unknown, credential: string, depth: number): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (depth > DEPTH_MAX) return undefined;
  if (!Array.isArray(value)) return isPlain(value) ? copyObject(value, credential, depth) : value;
  return Object.freeze(value.map((item) => copy(item, credential, depth + 1)));
}

function copyObject(value: object, credential: string, depth: number): object {
  const kept = Object.entries(value).filter(([, member]) => member !== credential);
  // `fromEntries` defines members, so one that is called `__proto__` stays a member.
  return Object.freeze(Object.fromEntries(kept.map(([name, member]) => [name, copy(member, credential, depth + 1)])));
}

/** Whether an object is what JSON makes, in any realm; a date, say, is left as it is. */
function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

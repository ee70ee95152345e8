/** A copy of what Clerk said, which nobody can change: one answer serves many requests. */

/**
 * Copies an answer and freezes the copy. Members that are the credential itself are left out, so that
 * nothing that is kept holds it. What JSON cannot hold, such as a date, is left as it is.
 *
 * @param answer an object; its getters are read once
 * @param credential what was asked about
 */
export function snapshotOf<T extends object>(answer: T, credential: string): Readonly<T> {
  // By the original, so that a client's answer may hold itself.
  const copies = new Map<object, object>();

  function copyOf(value: unknown): unknown {
    if (typeof value !== "object" || value === null) return value;
    const copied = copies.get(value);
    if (copied !== undefined) return copied;
    return Array.isArray(value) || isPlain(value) ? copyMembers(value) : value;
  }

  function copyMembers(value: object): object {
    const copy: object = Array.isArray(value) ? [] : {};
    copies.set(value, copy);
    for (const [name, member] of Object.entries(value)) {
      if (member === credential) continue;
      // Defined, not assigned: one that is called `__proto__` stays a member.
      Object.defineProperty(copy, name, { value: copyOf(member), enumerable: true });
    }
    return Object.freeze(copy);
  }

  return copyMembers(answer) as Readonly<T>;
}

/** Whether an object is what JSON makes, in any realm. */
function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

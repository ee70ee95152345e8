/** How a caller names a key, and how the loop does. No secret goes further than this file. */
import { KeyrailError } from "../errors.js";
import { hashKey } from "../keys/whole.js";
import type { Target } from "../loop/request.js";
import * as check from "./checks.js";
import type { Ref } from "./types.js";

/** A secret as the hash that stands for it; `null` for what cannot be one. */
export function secretTarget(key: unknown): Target | null {
  return check.isSecret(key) ? { hash: hashKey(key) } : null;
}

/** An outside identity; `null` for what cannot be one. */
export function subjectTarget(subject: unknown): Target | null {
  return check.isSubject(subject) ? { subject } : null;
}

/** How a method takes the name it is given: a secret, or an outside identity. */
export type TargetOf = (name: unknown) => Target | null;

/** @throws KeyrailError `invalid_ref`, `not_found` for a secret that cannot be one */
export function targetOf(ref: Ref): Target {
  if (typeof ref === "object" && ref !== null) {
    if ("id" in ref) return { id: check.checkId(ref.id) };
    if ("subject" in ref) return { subject: check.checkSubject(ref.subject) };
    if ("key" in ref) {
      const target = secretTarget(ref.key);
      if (target === null) throw notFound();
      return target;
    }
  }
  throw new KeyrailError("invalid_ref", "name a key by { id }, { subject } or { key }");
}

/** What is thrown for a key that does not exist. */
export function notFound(): KeyrailError {
  return new KeyrailError("not_found", "there is no such key; check the id, the subject or the secret");
}

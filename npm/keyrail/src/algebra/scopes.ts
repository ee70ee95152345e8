/** Whether scopes grant one, and whether they are known. */
import { engine } from "#engine";
import { KeyrailError } from "../errors.js";
import { requireText, writeText } from "../flat/text.js";

const { flat } = engine;

/** What `validateScopes` found. */
export type ScopesValidation = { valid: true; invalid?: never } | { valid: false; invalid: string[] };

/**
 * Whether a validated key holds a scope: null scopes grant all, and so does `admin`.
 *
 * @throws KeyrailError `invalid_scopes` for scopes that are no list, `invalid_text` for one that is
 * not a string
 *
 * @example
 * ```ts
 * hasScope({ scopes: ["read"] }, "write"); // false
 * hasScope({ scopes: ["admin"] }, "write"); // true
 * hasScope({ scopes: null }, "write"); // true
 * ```
 */
export function hasScope(result: { readonly scopes: readonly string[] | null }, scope: string): boolean {
  const held = requireList(result.scopes);
  return flat.calls.hasScope(writeLists(held, [scope], held ?? [])) === 1;
}

/**
 * Whether all scopes are known; without a list of known ones they are.
 *
 * @param validScopes the scopes that exist; null or undefined for no list
 * @returns the unknown ones in the order and number given
 * @throws KeyrailError `invalid_scopes` for scopes that are no list, `invalid_text` for one that is
 * not a string
 *
 * @example
 * ```ts
 * validateScopes(["read"], ["read", "fly"]); // { valid: false, invalid: ["fly"] }
 * validateScopes(null, ["fly"]); // { valid: true }
 * ```
 */
export function validateScopes(
  validScopes: readonly string[] | null | undefined,
  scopes: readonly string[],
): ScopesValidation {
  const known = requireList(validScopes ?? null);
  const asked = requireList(scopes) ?? [];
  const count = flat.calls.invalidScopes(writeLists(known, known ?? [], asked));
  if (count === 0) return { valid: true };
  flat.reserve(count, 0);
  const { words } = flat;
  const invalid: string[] = [];
  for (let index = 0; index < count; index += 1) invalid.push(asked[words[index] as number] as string);
  return { valid: false, invalid };
}

function requireList(scopes: readonly string[] | null): readonly string[] | null {
  if (scopes === null || Array.isArray(scopes)) return scopes;
  throw new KeyrailError("invalid_scopes", "scopes are not an array; pass an array of strings");
}

/** Writes the length of a list, NaN for none, then the lengths and the texts of two lists. */
function writeLists(list: readonly string[] | null, first: readonly string[], second: readonly string[]): number {
  flat.reserve(1 + first.length + second.length, lengthOf(first) + lengthOf(second));
  const { words, text } = flat;
  words[0] = list?.length ?? Number.NaN;
  let word = 1;
  let unit = 0;
  for (const scopes of [first, second]) {
    for (const scope of scopes) {
      words[word] = scope.length;
      word += 1;
      unit = writeText(text, unit, scope);
    }
  }
  return word;
}

function lengthOf(scopes: readonly string[]): number {
  let length = 0;
  for (const scope of scopes) {
    requireText(scope, "a scope");
    length += scope.length;
  }
  return length;
}

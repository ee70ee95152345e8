/**
 * Paths: the ids from the root to a key, joined by `/`.
 *
 * A path is taken as it is; ids that are empty or hold a `/` are refused where a key is made.
 */
import { engine } from "#engine";
import { KeyrailError } from "../errors.js";
import { readText, requireText, writeText } from "../flat/text.js";

/** The most levels that a key may lie below its root. */
export const MAX_KEY_DEPTH = 8;

const { flat } = engine;

/**
 * Whether `candidate` is `path` itself or lies below it. Case counts.
 *
 * @throws KeyrailError `invalid_text` for anything but strings
 *
 * @example
 * ```ts
 * inSubtree("org", "org/team"); // true
 * inSubtree("org", "organic"); // false
 * ```
 */
export function inSubtree(path: string, candidate: string): boolean {
  requireText(candidate, "the candidate");
  const end = writeOne(path, candidate.length);
  writeText(flat.text, end, candidate);
  return flat.calls.inSubtree(end, candidate.length) === 1;
}

/**
 * The path of a child: its id alone when it has no parent, else both joined.
 *
 * @param parentPath the parent's path; null, undefined or empty for a root
 * @throws KeyrailError `invalid_text` for an id that is not a string
 *
 * @example
 * ```ts
 * childPath("org/team", "a1"); // "org/team/a1"
 * childPath(null, "org"); // "org"
 * ```
 */
export function childPath(parentPath: string | null | undefined, childId: string): string {
  requireText(childId, "the child's id");
  const parent = parentPath ?? "";
  requireText(parent, "the parent's path");
  // Both texts are here already: only what the core decides crosses.
  return flat.calls.childHasSlash(parent.length) === 1 ? `${parent}/${childId}` : childId;
}

/**
 * How many levels a path lies below its root.
 *
 * @throws KeyrailError `invalid_text` for anything but a string
 *
 * @example
 * ```ts
 * pathDepth("org/team/a1"); // 2
 * ```
 */
export function pathDepth(path: string): number {
  return flat.calls.pathDepth(writeOne(path, 0));
}

/**
 * The ids of a path's ancestors, root first, without its own.
 *
 * @throws KeyrailError `invalid_text` for anything but a string
 *
 * @example
 * ```ts
 * ancestorIdsOf("org/team/a1"); // ["org", "team"]
 * ```
 */
export function ancestorIdsOf(path: string): string[] {
  const length = writeOne(path, 0);
  // A path has fewer ancestors than characters, or none.
  flat.reserve(2 * length, length);
  const count = flat.calls.ancestorEnds(length);
  const { words } = flat;
  const ids: string[] = [];
  for (let index = 0; index < count; index += 1) ids.push(path.slice(words[2 * index], words[2 * index + 1]));
  return ids;
}

/**
 * The path of the ancestor at a level, 0 being the root; beyond the last level the whole path.
 * Below zero levels count from the end: −2 is the parent, and −1 is nothing.
 *
 * @param i a fraction is cut off, and NaN is −1
 * @throws KeyrailError `invalid_text` for a path that is not a string, `invalid_number` for a level
 * that is not a number
 *
 * @example
 * ```ts
 * pathAt("org/team/a1", 1); // "org/team"
 * ```
 */
export function pathAt(path: string, i: number): string {
  if (typeof i !== "number") throw new KeyrailError("invalid_number", `the level is ${typeof i}; pass a number`);
  return path.slice(0, flat.calls.pathEndAt(writeOne(path, 0), i));
}

/**
 * A text as a literal inside a SQL `LIKE` pattern whose escape character is `\`.
 *
 * `LIKE` ignores the case of ASCII letters in some databases; compare again with `inSubtree`.
 *
 * @throws KeyrailError `invalid_text` for anything but a string
 *
 * @example
 * ```ts
 * escapeLike("50%"); // "50\\%"
 * ```
 */
export function escapeLike(s: string): string {
  requireText(s, "the text");
  const length = writeOne(s, 2 * s.length);
  return answer(length, flat.calls.escapeLike(length));
}

/**
 * The SQL `LIKE` pattern of everything below a path, without the path itself.
 *
 * @throws KeyrailError `invalid_text` for anything but a string
 *
 * @example
 * ```ts
 * subtreeLikePattern("org_1"); // "org\\_1/%"
 * ```
 */
export function subtreeLikePattern(path: string): string {
  requireText(path, "the path");
  const length = writeOne(path, 2 * path.length + 2);
  return answer(length, flat.calls.subtreeLikePattern(length));
}

/** Writes a text at the front, with room for more behind it. */
function writeOne(value: string, more: number): number {
  requireText(value, "the path");
  flat.reserve(1, value.length + more);
  return writeText(flat.text, 0, value);
}

/** Reads the text that a call wrote behind what it read. */
function answer(at: number, length: number): string {
  flat.reserve(1, at + length);
  return readText(flat.text, at, length);
}

/** Calls the functions that come with a door's options. */
import { KeyrailError } from "../errors.js";
import { isSafe, OTHER, wordsOf } from "./sdk-words.js";

/**
 * Calls a function of the application's. It may ask Clerk too, and what the SDK threw then is told in Keyrail's words.
 *
 * @param name of the option that it came with
 * @throws {KeyrailError} those of `callClerk`; everything else that the function throws, as it is
 * @example
 * ```ts
 * const grant = await callBack("onFirstSeen", () => onFirstSeen?.(verified));
 * ```
 */
export async function callBack<T>(name: string, call: () => T | Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (fault) {
    const words = wordsOf(fault);
    if (words === OTHER && isSafe(fault, [])) throw fault;
    throw new KeyrailError(words.code, `\`${name}\`: ${words.message}`);
  }
}

/** Writing texts into the block of code units, and reading them back. */
import { KeyrailError } from "../errors.js";

/** `String.fromCharCode` takes its units as arguments, and those have a limit. */
const UNITS_AT_ONCE = 4096;

/** Refuses what is not a string, since its length would otherwise be read as a number. */
export function requireText(value: unknown, name: string): asserts value is string {
  if (typeof value !== "string") {
    throw new KeyrailError("invalid_text", `${name} is ${value === null ? "null" : typeof value}; pass a string`);
  }
}

/** Writes a string's code units and returns where the next text begins. */
export function writeText(block: Uint16Array, at: number, value: string): number {
  const length = value.length;
  for (let index = 0; index < length; index += 1) block[at + index] = value.charCodeAt(index);
  return at + length;
}

/** The string of so many code units. Lone surrogates come back as they went in. */
export function readText(block: Uint16Array, at: number, length: number): string {
  if (length <= UNITS_AT_ONCE)
    return String.fromCharCode.apply(null, block.subarray(at, at + length) as unknown as number[]);
  let text = "";
  for (let from = at; from < at + length; from += UNITS_AT_ONCE) {
    text += readText(block, from, Math.min(UNITS_AT_ONCE, at + length - from));
  }
  return text;
}

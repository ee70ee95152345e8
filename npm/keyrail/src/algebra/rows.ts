/** The chains and rows that a caller passes, before anything is read of them. */
import { KeyrailError } from "../errors.js";

/**
 * Refuses what is no array: its length may be any number, and room is made by it.
 *
 * @throws KeyrailError `invalid_rows`
 */
export function requireRows<Row>(rows: readonly Row[], name: string): readonly Row[] {
  return Array.isArray(rows) ? rows : refuse(rows, name, "an array of objects");
}

/**
 * Refuses a row that is no object, such as a gap in the array.
 *
 * @throws KeyrailError `invalid_rows`
 */
export function requireRow<Row>(row: Row, name: string): Row {
  return typeof row === "object" && row !== null ? row : refuse(row, name, "an object");
}

/** Apart, so that the checks are short enough to be inlined. */
function refuse(value: unknown, name: string, wanted: string): never {
  throw new KeyrailError("invalid_rows", `${name} is ${value === null ? "null" : typeof value}; pass ${wanted}`);
}

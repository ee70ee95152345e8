/** The chains and rows that a caller passes, before anything is read of them. */
import { KeyrailError } from "../errors.js";

/**
 * Refuses what is no array: its length may be any number, and room is made by it.
 *
 * @throws KeyrailError `invalid_rows`
 */
export function requireRows<Row>(rows: readonly Row[], name: string): readonly Row[] {
  if (Array.isArray(rows)) return rows;
  throw new KeyrailError(
    "invalid_rows",
    `${name} is ${rows === null ? "null" : typeof rows}; pass an array of objects`,
  );
}

/**
 * Refuses a row that is no object, such as a gap in the array.
 *
 * @throws KeyrailError `invalid_rows`
 */
export function requireRow<Row>(row: Row, name: string): Row {
  if (typeof row === "object" && row !== null) return row;
  throw new KeyrailError("invalid_rows", `${name} is ${row === null ? "null" : typeof row}; pass an object`);
}

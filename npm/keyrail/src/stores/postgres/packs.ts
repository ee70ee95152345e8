/**
 * Rows as a few flat arrays, since every parameter of a function and every column that is unnested
 * costs more than the numbers in it: `x_no` names each row's commit, and its numbers and texts lie
 * one row after another in `x_numbers` and `x_texts`.
 */

import { KeyrailError } from "../../errors.js";

/** An item and the number of its commit in the batch. */
export interface Of<Item> {
  readonly no: number;
  readonly item: Item;
}

/** What is taken of an item under a name. */
type Columns<Item, Value> = Readonly<Record<string, (item: Item) => Value | null>>;

/** Items of one kind: how they travel, and how SQL finds them again. */
export interface Pack<Item> {
  /** The parameters of the function, each with its type. */
  readonly parameters: readonly (readonly [name: string, type: string])[];
  /** The items as a table under the pack's letter, for a FROM clause inside the function. */
  readonly table: string;
  /** The arguments that carry these items, as texts: no driver has to know the types. Of no items: NULL. */
  arguments(items: readonly Of<Item>[]): (string | null)[];
}

/** A pack of this letter. Texts may be anything; numbers are whole. */
export function packOf<Item>(
  letter: string,
  numbers: Columns<Item, number>,
  texts: Columns<Item, string> = {},
): Pack<Item> {
  const numberColumns = Object.entries(numbers);
  const textColumns = Object.entries(texts);
  const numberValues = Object.values(numbers);
  const textValues = Object.values(texts).map((textOf) => (item: Item) => quoted(textOf(item)));
  const place =
    (array: string, width: number) =>
    ([name]: readonly [string, unknown], index: number) =>
      `${letter}_${array}[i * ${width} - ${width - 1 - index}] AS ${name}`;
  const selected = [
    ...numberColumns.map(place("numbers", numberColumns.length)),
    ...textColumns.map(place("texts", textColumns.length)),
  ];
  const withTexts = textColumns.length > 0;
  return {
    parameters: [
      [`${letter}_no`, "int[]"],
      [`${letter}_numbers`, "bigint[]"],
      ...(withTexts ? ([[`${letter}_texts`, "text[]"]] as const) : []),
    ],
    table: `(SELECT no, ${selected.join(", ")} FROM unnest(${letter}_no) WITH ORDINALITY AS u(no, i)) ${letter}`,
    arguments: (items) => {
      if (items.length === 0) return withTexts ? [null, null, null] : [null, null];
      const arrays = [arrayText(items.map(({ no }) => no)), arrayText(valuesOf(items, numberValues))];
      return withTexts ? [...arrays, arrayText(valuesOf(items, textValues))] : arrays;
    },
  };
}

function valuesOf<Item, Value>(
  items: readonly Of<Item>[],
  columns: readonly ((item: Item) => Value | null)[],
): (Value | null)[] {
  const values: (Value | null)[] = [];
  for (const { item } of items) for (const take of columns) values.push(take(item));
  return values;
}

/** Numbers, or texts that are quoted already, as Postgres reads an array. */
export function arrayText(values: readonly (number | string | null)[]): string {
  return `{${values.map((value) => value ?? "NULL").join()}}`;
}

/** Characters that mean themselves within quotes, and can be stored. */
const PLAIN = /^[\x20\x21\x23-\x5b\x5d-\x7e]*$/;

/** A text as a member of an array. */
export function quoted(text: string | null): string | null {
  if (text === null) return null;
  // What is no text at all would pass the pattern as what it prints.
  return `"${typeof text === "string" && PLAIN.test(text) ? text : storable(text).replace(/["\\]/g, "\\$&")}"`;
}

/**
 * A text that comes back as it was put: Postgres holds no NUL, and half a character would be replaced.
 *
 * @throws KeyrailError `invalid_text`
 */
export function storable(text: string): string {
  if (text.isWellFormed() && !text.includes("\0")) return text;
  throw new KeyrailError("invalid_text", "a text for Postgres has no NUL and no half of a surrogate pair");
}

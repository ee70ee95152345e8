/** Scopes as small numbers: the core compares them, and a text need not cross to be compared. */
import { KeyrailError } from "../errors.js";

/** A caller may send endless new scopes; beyond this the table starts anew between two calls. */
const SCOPES_MAX = 4096;
const UNITS_MAX = 1 << 20;
/** Places of a question whose last scope is remembered. */
const PLACES = 256;
/** A longer scope is not remembered a second time, so that the places hold little memory. */
const PLACE_UNITS_MAX = 64;

const ids = new Map<string, number>();
const texts: string[] = [];
let units = 0;

/**
 * The last scope at each place, and its number. Callers mostly send what they sent before, in the same
 * order: to compare with that is far cheaper than to look it up.
 */
const lastTexts: string[] = [];
const lastIds: number[] = [];
startAnew();

/** To be called once before the scopes of a call are interned: ids live as long as the call. */
export function makeRoom(): void {
  if (texts.length > SCOPES_MAX || units > UNITS_MAX) startAnew();
}

function startAnew(): void {
  ids.clear();
  texts.length = 0;
  units = 0;
  const empty = add("");
  for (let place = 0; place < PLACES; place += 1) {
    lastTexts[place] = "";
    lastIds[place] = empty;
  }
}

/** The number of the scope at a place of the question. */
export function idOfScope(scope: string, place: number): number {
  return place < PLACES && lastTexts[place] === scope ? (lastIds[place] as number) : lookUp(scope, place);
}

function lookUp(scope: string, place: number): number {
  const id = ids.get(scope) ?? add(scope);
  if (place < PLACES && scope.length <= PLACE_UNITS_MAX) {
    lastTexts[place] = scope;
    lastIds[place] = id;
  }
  return id;
}

function add(scope: string): number {
  if (typeof scope !== "string")
    throw new KeyrailError("invalid_scopes", "a scope is not a string; pass an array of strings");
  const id = texts.length;
  ids.set(scope, id);
  texts.push(scope);
  units += scope.length;
  return id;
}

/** The scope of a number that this call interned. */
export function scopeOfId(id: number): string {
  return texts[id] ?? "";
}

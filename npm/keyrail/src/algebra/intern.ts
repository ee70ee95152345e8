/** Scopes as small numbers: the core compares them, and a text need not cross to be compared. */
import { KeyrailError } from "../errors.js";

/** A caller may send endless new scopes; beyond this the table starts anew between two calls. */
const SCOPES_MAX = 4096;
const UNITS_MAX = 1 << 20;

const ids = new Map<string, number>();
const texts: string[] = [];
let units = 0;

/** To be called once before the scopes of a call are interned: ids live as long as the call. */
export function makeRoom(): void {
  if (texts.length <= SCOPES_MAX && units <= UNITS_MAX) return;
  ids.clear();
  texts.length = 0;
  units = 0;
}

/** The number of a scope. */
export function idOfScope(scope: string): number {
  return ids.get(scope) ?? add(scope);
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

/** The ids of holds, opaque to callers: the time they were made at, by which a store's index grows at its end, and 128 random bits. */

const HOLD_ID = /^hold_(?:[0-9a-f]{12})?[0-9a-f]{32}$/;
/** The digits of a time in ms, for the next 8,900 years. */
const TIME_DIGITS = 12;
const BYTES = 16;
/** How many ids' bytes are drawn at a time: a call for each id would cost more than the rest of a reserve. */
const IDS_DRAWN = 64;
const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

const drawn = new Uint8Array(BYTES * IDS_DRAWN);
let used = drawn.length;
let timeWritten = Number.NaN;
let digits = "";

/** A new id, made at a time in ms. */
export function newHoldId(now: number): string {
  if (used === drawn.length) {
    crypto.getRandomValues(drawn);
    used = 0;
  }
  let id = `hold_${timeDigits(now)}`;
  for (const end = used + BYTES; used < end; used += 1) id += HEX[drawn[used] as number];
  return id;
}

/** Neighbours in time are neighbours in an index: ids at random dirty a page of it each. */
function timeDigits(now: number): string {
  if (now !== timeWritten) {
    timeWritten = now;
    digits = Math.max(0, now).toString(16).padStart(TIME_DIGITS, "0").slice(-TIME_DIGITS);
  }
  return digits;
}

/** Whether anything can be a hold's id; what cannot is not looked for. */
export function isHoldId(id: unknown): id is string {
  return typeof id === "string" && HOLD_ID.test(id);
}

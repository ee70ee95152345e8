/** The ids of holds: opaque to callers, 128 random bits. */

const HOLD_ID = /^hold_[0-9a-f]{32}$/;
const BYTES = 16;
/** How many ids' bytes are drawn at a time: a call for each id would cost more than the rest of a reserve. */
const IDS_DRAWN = 64;
const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

const drawn = new Uint8Array(BYTES * IDS_DRAWN);
let used = drawn.length;

/** A new id. */
export function newHoldId(): string {
  if (used === drawn.length) {
    crypto.getRandomValues(drawn);
    used = 0;
  }
  let id = "hold_";
  for (const end = used + BYTES; used < end; used += 1) id += HEX[drawn[used] as number];
  return id;
}

/** Whether anything can be a hold's id; what cannot is not looked for. */
export function isHoldId(id: unknown): id is string {
  return typeof id === "string" && HOLD_ID.test(id);
}

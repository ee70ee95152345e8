/** The ids of holds: opaque to callers, 128 random bits. */

const HOLD_ID = /^hold_[0-9a-f]{32}$/;
const BYTES = 16;

/** A new id. */
export function newHoldId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(BYTES));
  return `hold_${Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}

/** Whether anything can be a hold's id; what cannot is not looked for. */
export function isHoldId(id: unknown): id is string {
  return typeof id === "string" && HOLD_ID.test(id);
}

/** Durations as people write them: a whole number and a unit. */
import { engine } from "#engine";
import { KeyrailError } from "./errors.js";
import { writeText } from "./flat/text.js";

const MALFORMED = -1;

const { flat } = engine;

/**
 * When a lifetime that begins now ends.
 *
 * @param duration a whole number and `m` minutes, `h` hours, `d` days or `mo` months of 30 days;
 * null, undefined or empty for no end
 * @param now when it begins, in milliseconds since the epoch
 * @throws KeyrailError `invalid_duration`, its message beginning with `Invalid duration: `; `invalid_number`
 *
 * @example
 * ```ts
 * expiryFromDuration("24h", Date.UTC(2026, 0, 1)); // new Date("2026-01-02T00:00:00.000Z")
 * expiryFromDuration(null); // null
 * ```
 */
export function expiryFromDuration(duration: string | null | undefined, now: number = Date.now()): Date | null {
  if (duration === null || duration === undefined || duration === "") return null;
  if (typeof now !== "number") throw new KeyrailError("invalid_number", "now is not a number; pass ms since the epoch");
  const code = flat.calls.expiryMs(write(duration), now);
  if (code === 0) {
    flat.reserve(1, 0);
    return new Date(flat.words[0] as number);
  }
  const reason = code === MALFORMED ? "" : "; it ends after the last date there is";
  throw new KeyrailError("invalid_duration", `Invalid duration: ${duration}${reason}`);
}

/**
 * The milliseconds of a hold's time to live: a duration, which may also be in `s` seconds, or a
 * number of milliseconds, rounded up to a whole one. Whether a hold may live so long is not asked.
 *
 * @returns undefined for what is neither
 *
 * @example
 * ```ts
 * ttlMilliseconds("30s"); // 30000
 * ttlMilliseconds(1500); // 1500
 * ttlMilliseconds("soon"); // undefined
 * ```
 */
export function ttlMilliseconds(ttl: string | number): number | undefined {
  if (typeof ttl === "number") return Number.isFinite(ttl) ? Math.ceil(ttl) : undefined;
  if (typeof ttl !== "string") return undefined;
  const milliseconds = flat.calls.holdMs(write(ttl));
  return milliseconds < 0 ? undefined : milliseconds;
}

function write(duration: string): number {
  if (typeof duration !== "string") throw new KeyrailError("invalid_duration", `Invalid duration: ${typeof duration}`);
  flat.reserve(1, duration.length);
  return writeText(flat.text, 0, duration);
}

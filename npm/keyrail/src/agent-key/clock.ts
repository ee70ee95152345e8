/** The owner's clock, whatever it does. */
import { KeyrailError } from "../errors.js";
import { shown } from "./checks.js";

/**
 * The end of the year 9999: what is later is no time in ms but one in µs or ns, and would end every
 * hold and window of a tree for good. Behind it there is room for whatever is to expire.
 */
const TIME_MAX = 253_402_300_799_999;

/**
 * The time that a clock gives, in whole ms.
 *
 * @throws KeyrailError `clock_off`: it threw, or gave what is no time
 */
export function checkedTime(clock: () => unknown): number {
  const ms = timeOn(clock);
  if (typeof ms === "number" && Math.abs(ms) <= TIME_MAX) return Math.floor(ms);
  throw new KeyrailError("clock_off", `the clock gave ${shown(ms)}; it must give ms since the epoch`);
}

function timeOn(clock: () => unknown): unknown {
  try {
    return clock();
  } catch (cause) {
    throw new KeyrailError("clock_off", "the clock threw; it must give ms since the epoch", { cause });
  }
}

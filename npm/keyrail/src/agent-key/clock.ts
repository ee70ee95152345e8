/** The owner's clock, whatever it does. */
import { KeyrailError } from "../errors.js";
import { shown } from "./checks.js";

/** The last instant that a date can be, and by its negative the first. */
const TIME_MAX = 8.64e15;

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

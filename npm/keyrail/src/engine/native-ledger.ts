/** A resident ledger in the addon: one array goes in and comes back with the output in it. */
import type { LedgerPort } from "./ledger-port.js";

/** What the addon gives for one ledger. */
export interface NativeLedger {
  call(numbers: Float64Array, length: number): number;
  output(): Float64Array;
}

/** Room for the usual input and output. */
const NUMBERS = 512;
/** The output takes the place of the input. */
const OUTPUT_AT = 0;

/** A ledger port over the addon's ledger. */
export function nativeLedgerPort(ledger: NativeLedger): LedgerPort {
  return new NativeLedgerPort(ledger);
}

class NativeLedgerPort implements LedgerPort {
  readonly #ledger: NativeLedger;
  readonly inputAt = 0;
  floats: Float64Array = new Float64Array(NUMBERS);

  constructor(ledger: NativeLedger) {
    this.#ledger = ledger;
  }

  room(numbers: number): void {
    if (this.floats.length < numbers) this.floats = new Float64Array(numbers);
  }

  call(length: number): number {
    const written = this.#ledger.call(this.floats, length);
    // A longer output is fetched once, and the next one of its length fits.
    if (written > this.floats.length) {
      const grown = new Float64Array(written * 2);
      grown.set(this.#ledger.output());
      this.floats = grown;
    }
    return Math.min(written, OUTPUT_AT);
  }
}

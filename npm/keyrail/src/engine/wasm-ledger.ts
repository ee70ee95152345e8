/** A resident ledger in WebAssembly memory: its numbers are written and read in place. */
import type { LedgerPort } from "./ledger-port.js";

/** What the glue gives for one ledger. Places are counted in numbers from the start of memory. */
export interface WasmLedger {
  room(numbers: number): void;
  inputAt(): number;
  call(length: number): number;
}

/** A ledger port over a ledger that lies in `memory`. */
export function wasmLedgerPort(ledger: WasmLedger, memory: WebAssembly.Memory): LedgerPort {
  return new WasmLedgerPort(ledger, memory);
}

class WasmLedgerPort implements LedgerPort {
  readonly #ledger: WasmLedger;
  readonly #memory: WebAssembly.Memory;
  #floats: Float64Array;
  inputAt: number;

  constructor(ledger: WasmLedger, memory: WebAssembly.Memory) {
    this.#ledger = ledger;
    this.#memory = memory;
    this.#floats = new Float64Array(memory.buffer);
    this.inputAt = ledger.inputAt();
  }

  /**
   * Anything in the module may have made memory grow. Memory that grew has another buffer and leaves every
   * view of the old one empty, which is quicker to see than to ask the memory for its buffer.
   */
  get floats(): Float64Array {
    if (this.#floats.length === 0) this.#floats = new Float64Array(this.#memory.buffer);
    return this.#floats;
  }

  room(numbers: number): void {
    this.#ledger.room(numbers);
    this.inputAt = this.#ledger.inputAt();
  }

  call(length: number): number {
    return this.#ledger.call(length);
  }
}

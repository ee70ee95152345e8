/** A resident ledger in WebAssembly memory: its numbers are written and read in place. */
import type { LedgerPort } from "./ledger-port.js";

/** What the glue gives for one ledger. Places are in bytes. */
export interface WasmLedger {
  room(numbers: number): void;
  inputAt(): number;
  outputAt(): number;
  call(length: number): number;
}

const BYTES_PER_NUMBER = 8;

/** A ledger port over a ledger that lies in `memory`. */
export function wasmLedgerPort(ledger: WasmLedger, memory: WebAssembly.Memory): LedgerPort {
  return new WasmLedgerPort(ledger, memory);
}

class WasmLedgerPort implements LedgerPort {
  readonly #ledger: WasmLedger;
  readonly #memory: WebAssembly.Memory;
  #floats: Float64Array;
  inputAt: number;
  outputAt = 0;

  constructor(ledger: WasmLedger, memory: WebAssembly.Memory) {
    this.#ledger = ledger;
    this.#memory = memory;
    this.#floats = new Float64Array(memory.buffer);
    this.inputAt = ledger.inputAt() / BYTES_PER_NUMBER;
  }

  /** Memory that grew has another buffer, and anything in the module may have made it grow. */
  get floats(): Float64Array {
    if (this.#floats.buffer !== this.#memory.buffer) this.#floats = new Float64Array(this.#memory.buffer);
    return this.#floats;
  }

  room(numbers: number): void {
    this.#ledger.room(numbers);
    this.inputAt = this.#ledger.inputAt() / BYTES_PER_NUMBER;
  }

  call(length: number): number {
    const written = this.#ledger.call(length);
    this.outputAt = this.#ledger.outputAt() / BYTES_PER_NUMBER;
    return written;
  }
}

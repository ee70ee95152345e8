/** The resident ledger behind one array of numbers, as either build of the core gives it. */

/** What an engine gives for one resident ledger. */
export interface LedgerPort {
  /**
   * Holds the input and the output. Made anew when memory grows, which any call into the engine can do:
   * read it again before each input and each output.
   */
  readonly floats: Float64Array;
  /** Where the input begins in `floats`. It stays until `room` is called. */
  readonly inputAt: number;
  /** Where the output of the last call begins in `floats`. */
  readonly outputAt: number;
  /** Makes room for at least so many numbers of input. */
  room(numbers: number): void;
  /** Carries out the operation in the first `length` numbers of the input; negative: a host fault. */
  call(length: number): number;
}

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
  /** Makes room for at least so many numbers of input. */
  room(numbers: number): void;
  /**
   * Carries out the operation in the first `length` numbers of the input. Gives where the output begins in
   * `floats`; negative: a host fault.
   */
  call(length: number): number;
}

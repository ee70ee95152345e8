/** The one error class of this package. */

/**
 * A fault that Keyrail reports: what was given was refused, or something it needs is missing.
 *
 * A refusal that is part of normal work (a budget that is spent, an unknown key) is a result and
 * never thrown.
 *
 * @example
 * ```ts
 * try {
 *   await ak.create({ accountId: "acme", budgetCents: -1 });
 * } catch (error) {
 *   if (error instanceof KeyrailError && error.code === "invalid_cost") console.log(error.message);
 * }
 * ```
 */
export class KeyrailError extends Error {
  /** Stable and meant for programs; the message is for people and may change. */
  readonly code: string;

  /**
   * @param code stable code, such as `not_found`
   * @param message what was given and what to do, in lower case
   * @param options `cause`: the error behind this one
   */
  constructor(code: string, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = "KeyrailError";
    this.code = code;
  }
}

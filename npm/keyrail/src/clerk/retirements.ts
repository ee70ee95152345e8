/** Tokens that were replaced, until they are revoked. */

/** How long to leave a token alone that could not be revoked. */
const AGAIN_AFTER_MS = 5_000;

/** What became of a token: it has ended, it is tried again, or it cannot be revoked. */
export type Ending = "ended" | "again" | "never";

/**
 * Revokes tokens once their grace is over: at that time if the process still lives, and nobody keeps it alive for
 * it; else with the next `run`.
 */
export class Retirements {
  readonly #dueAtMs = new Map<string, number>();
  readonly #now: () => number;
  readonly #revoke: (tokenId: string) => Promise<void>;
  readonly #failed: (tokenId: string, fault: unknown) => "again" | "never";

  /**
   * @param revoke ends a token for good
   * @param failed hears of one that could not be, and tells whether to try again
   */
  constructor(
    now: () => number,
    revoke: (tokenId: string) => Promise<void>,
    failed: (tokenId: string, fault: unknown) => "again" | "never",
  ) {
    this.#now = now;
    this.#revoke = revoke;
    this.#failed = failed;
  }

  /** Takes a token down that is to end in `waitMs`. */
  add(tokenId: string, waitMs: number): void {
    this.#dueAtMs.set(tokenId, this.#now() + waitMs);
    // The timer is believed, not the clock: it may ring a moment early, and rings once.
    const timer: { unref?: () => void } | number = setTimeout(() => void this.#end(tokenId), waitMs);
    if (typeof timer === "object") timer.unref?.();
  }

  /** Ends a token, and tells what became of it. */
  endNow(tokenId: string): Promise<Ending> {
    this.#dueAtMs.set(tokenId, this.#now());
    return this.#end(tokenId);
  }

  /** Nobody has to end it any more. */
  drop(tokenId: string): void {
    this.#dueAtMs.delete(tokenId);
  }

  /** Begins to end what is due; waits for nothing. */
  run(): void {
    const now = this.#now();
    for (const [tokenId, dueAtMs] of this.#dueAtMs) if (dueAtMs <= now) void this.#end(tokenId);
  }

  async #end(tokenId: string): Promise<Ending> {
    if (!this.#dueAtMs.has(tokenId)) return "ended";
    try {
      // Whoever comes meanwhile leaves it to this try.
      this.#dueAtMs.set(tokenId, this.#now() + AGAIN_AFTER_MS);
      await this.#revoke(tokenId);
    } catch (fault) {
      if (this.#failed(tokenId, fault) === "again") return "again";
      this.drop(tokenId);
      return "never";
    }
    this.drop(tokenId);
    return "ended";
  }
}

/** Tokens that were replaced, until they are revoked. */

/** How long to leave a token alone that could not be revoked. */
const AGAIN_AFTER_MS = 5_000;

/**
 * Revokes tokens once their grace is over: at that time if the process still lives, and nobody keeps it alive for
 * it; else with the next `run`.
 */
export class Retirements {
  readonly #dueAtMs = new Map<string, number>();
  readonly #now: () => number;
  readonly #revoke: (tokenId: string) => Promise<void>;
  readonly #failed: (tokenId: string) => void;

  /** @param revoke ends a token for good; @param failed hears of one that could not be */
  constructor(now: () => number, revoke: (tokenId: string) => Promise<void>, failed: (tokenId: string) => void) {
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

  /** Ends a token. Whether it has ended; if not, it is tried again. */
  endNow(tokenId: string): Promise<boolean> {
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

  async #end(tokenId: string): Promise<boolean> {
    if (!this.#dueAtMs.has(tokenId)) return true;
    // Whoever comes meanwhile leaves it to this try.
    this.#dueAtMs.set(tokenId, this.#now() + AGAIN_AFTER_MS);
    try {
      await this.#revoke(tokenId);
    } catch {
      this.#failed(tokenId);
      return false;
    }
    this.drop(tokenId);
    return true;
  }
}

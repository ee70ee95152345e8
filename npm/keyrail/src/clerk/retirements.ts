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
    const timer: { unref?: () => void } | number = setTimeout(() => this.run(), waitMs);
    if (typeof timer === "object") timer.unref?.();
  }

  /** Nobody has to end it any more. */
  drop(tokenId: string): void {
    this.#dueAtMs.delete(tokenId);
  }

  /** Begins to end what is due; waits for nothing. */
  run(): void {
    const now = this.#now();
    for (const [tokenId, dueAtMs] of this.#dueAtMs) {
      if (dueAtMs > now) continue;
      // Whoever comes meanwhile leaves it to this try.
      this.#dueAtMs.set(tokenId, now + AGAIN_AFTER_MS);
      this.#revoke(tokenId).then(
        () => this.drop(tokenId),
        () => this.#failed(tokenId),
      );
    }
  }
}

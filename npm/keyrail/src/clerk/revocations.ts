/** What was revoked here, so that no answer from before can undo it. */
import { BoundedMap } from "./bounded-map.js";

const REVOCATIONS_MAX = 10_000;

interface Revocation {
  /** Its place in the order of questions and revocations. */
  readonly turn: number;
  readonly atMs: number;
}

/** What revocations make of an answer. `unsure`: too many came since for all to be remembered. */
export type Standing = "stands" | "revoked" | "unsure";

/** The latest revocations, by the ids of tokens or by the hashes of credentials. */
export class Revocations {
  readonly #latest = new BoundedMap<string, Revocation>(REVOCATIONS_MAX, ({ turn }) => {
    this.#forgottenTurn = Math.max(this.#forgottenTurn, turn);
  });
  #forgottenTurn = 0;

  /** Takes a revocation down. */
  add(name: string, turn: number, atMs: number): void {
    this.#latest.set(name, { turn, atMs });
  }

  /**
   * What becomes of an answer.
   *
   * @param name by which it may have been revoked
   * @param turn when its question was asked
   * @param nowMs the time
   * @param cacheTtlMs for how long a revocation also outweighs answers to later questions: Clerk may take
   * a moment to know it everywhere
   */
  standing(name: string, turn: number, nowMs: number, cacheTtlMs: number): Standing {
    const revocation = this.#latest.get(name);
    const isRevoked = revocation !== undefined && (revocation.turn > turn || nowMs - revocation.atMs < cacheTtlMs);
    if (isRevoked) return "revoked";
    // INVARIANT: a revocation that came after the question is remembered, or this one is told apart.
    return turn < this.#forgottenTurn ? "unsure" : "stands";
  }
}

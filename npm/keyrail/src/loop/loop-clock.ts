/** The time that decisions are made at. */
import { CLOCK_OFF_MAX_MS } from "../store/shape.js";
import type { Environment } from "./environment.js";

/** This process's time, or the store's where this process's is plainly wrong. */
export class LoopClock {
  readonly #environment: Environment;
  readonly #onCorrected: (offMs: number) => void;
  #offset = 0;

  constructor(environment: Environment, onCorrected: (offMs: number) => void) {
    this.#environment = environment;
    this.#onCorrected = onCorrected;
  }

  /** Whole ms since the epoch. */
  now(): number {
    return Math.floor(this.#environment.clock()) + this.#offset;
  }

  /** Goes on with a store's time if this process's is too far from it. An injected clock is never corrected. */
  compare(storeNow: number | null): void {
    if (storeNow === null || this.#environment.clockSource === "injected") return;
    const off = storeNow - this.now();
    if (Math.abs(off) <= CLOCK_OFF_MAX_MS) return;
    this.#offset += off;
    this.#onCorrected(off);
  }
}

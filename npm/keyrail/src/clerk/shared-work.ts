/** Work that is done once for all who ask for it at the same time. */
import { BoundedMap } from "./bounded-map.js";
import { within } from "./deadline.js";

const RUNNING_MAX = 1_000;
/** Longer than a row takes to make, and short of what people wait for an answer. */
const WAIT_MS = 5_000;

type Outcome<T> = { readonly value: T } | { readonly fault: unknown };

interface Running<T> {
  readonly ended: Promise<Outcome<T>>;
  readonly beganAtMs: number;
}

/**
 * Runs work by what it is about, and lets who comes meanwhile wait for that run.
 *
 * Nobody waits for ever: in workerd the work of a request that is gone ends with it, without a word. Who has
 * waited in vain does the work himself, so it must bear being done twice.
 *
 * @example
 * ```ts
 * const work = new SharedWork<string, void>();
 * await Promise.all([work.run("user_1", make), work.run("user_1", make)]); // one call of `make`
 * ```
 */
export class SharedWork<K, T> {
  readonly #running = new BoundedMap<K, Running<T>>(RUNNING_MAX);

  /**
   * Joins the work that is under way, or begins it.
   *
   * @param about the same for all who may join each other
   * @param work does it; what it throws is thrown to all who wait
   */
  async run(about: K, work: () => Promise<T>): Promise<T> {
    for (let last = this.#running.get(about); last !== undefined; last = this.#running.get(about)) {
      const leftMs = last.beganAtMs + WAIT_MS - Date.now();
      const outcome = leftMs > 0 && leftMs <= WAIT_MS ? await within(last.ended, leftMs) : undefined;
      if (outcome !== undefined) return resultOf(outcome);
      // Whoever comes first begins anew; the others join him.
      if (this.#running.get(about) === last) break;
    }
    return this.#begin(about, work);
  }

  async #begin(about: K, work: () => Promise<T>): Promise<T> {
    const ended = work().then(
      (value): Outcome<T> => ({ value }),
      (fault: unknown): Outcome<T> => ({ fault }),
    );
    const running = { ended, beganAtMs: Date.now() };
    this.#running.set(about, running);
    const outcome = await ended;
    if (this.#running.get(about) === running) this.#running.delete(about);
    return resultOf(outcome);
  }
}

function resultOf<T>(outcome: Outcome<T>): T {
  if ("fault" in outcome) throw outcome.fault;
  return outcome.value;
}

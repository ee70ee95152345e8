/** A map that forgets what was put in first. */

/**
 * A map of at most so many members. Putting one in anew makes it the newest.
 *
 * @example
 * ```ts
 * const last = new BoundedMap<string, number>(2);
 * for (const name of ["a", "b", "c"]) last.set(name, 1);
 * last.get("a"); // undefined
 * ```
 */
export class BoundedMap<K, V> {
  readonly #members = new Map<K, V>();
  readonly #sizeMax: number;
  readonly #onForget: (value: V) => void;

  /**
   * @param sizeMax how many members there are at most
   * @param onForget called with each that had to go
   */
  constructor(sizeMax: number, onForget: (value: V) => void = () => {}) {
    this.#sizeMax = sizeMax;
    this.#onForget = onForget;
  }

  /** How many members there are. */
  get size(): number {
    return this.#members.size;
  }

  /** What was put in under a name. */
  get(name: K): V | undefined {
    return this.#members.get(name);
  }

  /** Puts a member in, as the newest. */
  set(name: K, value: V): void {
    this.#members.delete(name);
    this.#members.set(name, value);
    if (this.#members.size <= this.#sizeMax) return;
    for (const [oldest, forgotten] of this.#members) {
      this.#members.delete(oldest);
      this.#onForget(forgotten);
      return;
    }
  }

  /** Takes a member out. */
  delete(name: K): void {
    this.#members.delete(name);
  }
}

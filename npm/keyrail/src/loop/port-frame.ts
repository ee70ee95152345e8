/** Numbers into and out of a ledger port, one after another. `NaN` stands for none. */
import type { LedgerPort } from "../engine/ledger-port.js";

/** Room that every input of bounded size fits into; longer ones ask for more first. */
const MARGIN = 64;

/** Writes an input, calls, and reads the output. */
export class PortFrame {
  readonly #port: LedgerPort;
  #floats: Float64Array;
  #at = 0;
  #start = 0;
  #room = 0;

  constructor(port: LedgerPort) {
    this.#port = port;
    this.#floats = port.floats;
  }

  /** Begins an input with its operation; `numbers` is how long it may get beyond the usual. */
  begin(operation: number, numbers = 0): void {
    if (numbers + MARGIN > this.#room) {
      this.#room = Math.max(numbers + MARGIN, this.#room * 2);
      this.#port.room(this.#room);
    }
    this.#floats = this.#port.floats;
    this.#start = this.#port.inputAt;
    this.#at = this.#start;
    this.put(operation);
  }

  put(number: number): void {
    this.#floats[this.#at] = number;
    this.#at += 1;
  }

  putOptional(number: number | null): void {
    this.put(number ?? Number.NaN);
  }

  putFlag(flag: boolean): void {
    this.put(flag ? 1 : 0);
  }

  /** NaN for none, else a count and the numbers. */
  putList(numbers: readonly number[] | null): void {
    if (numbers === null) return this.put(Number.NaN);
    this.put(numbers.length);
    for (const number of numbers) this.put(number);
  }

  /** Carries the input out. A fault here is one of this package, never of its user. */
  call(): void {
    const outputAt = this.#port.call(this.#at - this.#start);
    if (outputAt < 0)
      throw new Error(`the ledger refused an input (${outputAt}); please report this as a bug of keyrail`);
    this.#floats = this.#port.floats;
    this.#at = outputAt;
  }

  get(): number {
    const number = this.#floats[this.#at];
    this.#at += 1;
    return number as number;
  }

  getOptional(): number | null {
    const number = this.get();
    return Number.isNaN(number) ? null : number;
  }

  getFlag(): boolean {
    return this.get() !== 0;
  }

  /** A count, then that many items. */
  getMany<T>(item: () => T): T[] {
    // Of its length at once: a list that grows takes room for many more, and most hold one item.
    const items = new Array<T>(this.get());
    for (let index = 0; index < items.length; index += 1) items[index] = item();
    return items;
  }

  /** A count and that many numbers: `before` itself, if they are the same. */
  getNumbers(before: readonly number[]): readonly number[] {
    const count = this.get();
    const at = this.#at;
    this.#at += count;
    if (count === before.length && before.every((number, index) => number === this.#floats[at + index])) return before;
    return Array.from(this.#floats.subarray(at, at + count));
  }

  /** NaN for none, else a count and the numbers. */
  getList(): number[] | null {
    const count = this.get();
    if (Number.isNaN(count)) return null;
    const numbers: number[] = [];
    for (let index = 0; index < count; index += 1) numbers.push(this.get());
    return numbers;
  }
}

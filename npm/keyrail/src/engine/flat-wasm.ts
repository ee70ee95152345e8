/** The blocks inside the memory of a WebAssembly instance. */
import { KeyrailError } from "../errors.js";
import type { Flat } from "./types.js";

/** What every module exports for its blocks. */
interface BlockExports {
  readonly memory: WebAssembly.Memory;
  wordsAt(length: number): number;
  textAt(length: number): number;
}

/** Room for a chain of nine nodes with a dozen scopes each, so that most calls never grow it. */
const WORDS_AT_FIRST = 256;
const TEXT_AT_FIRST = 1024;

/** Views into an instance's blocks, over the instance's own exports. */
export class WasmFlat<Exports extends BlockExports> implements Flat<Exports> {
  words = new Float64Array(0);
  text = new Uint16Array(0);
  calls: Exports;
  #words = WORDS_AT_FIRST;
  #text = TEXT_AT_FIRST;

  constructor(exports: Exports) {
    this.calls = exports;
    this.#view();
  }

  /** Goes on with another instance of the module. */
  renew(exports: Exports): void {
    this.calls = exports;
    this.#view();
  }

  reserve(words: number, text: number): void {
    // When the memory grows its views are detached, and then their length reads 0.
    if (this.words.length >= words && this.text.length >= text && this.words.length > 0) return;
    while (this.#words < words) this.#words *= 2;
    while (this.#text < text) this.#text *= 2;
    this.#view();
  }

  /** The next call must ask for what it needs, not for what there was no room for. */
  #refuse(): never {
    this.#words = WORDS_AT_FIRST;
    this.#text = TEXT_AT_FIRST;
    this.words = new Float64Array(0);
    throw new KeyrailError("out_of_memory", "the input does not fit into the memory of WebAssembly; pass less at once");
  }

  #view(): void {
    // Both are asked for before either is viewed: the second may grow the memory.
    const wordsAt = this.calls.wordsAt(this.#words);
    const textAt = this.calls.textAt(this.#text);
    if (wordsAt === 0 || textAt === 0) this.#refuse();
    this.words = new Float64Array(this.calls.memory.buffer, wordsAt, this.#words);
    this.text = new Uint16Array(this.calls.memory.buffer, textAt, this.#text);
  }
}

/** The blocks in arrays that the addon keeps. */
import type { Addon } from "./addon.js";
import type { AlgebraCalls, Flat } from "./types.js";

const WORDS_AT_FIRST = 256;
const TEXT_AT_FIRST = 1024;

/** Arrays that JavaScript makes and the addon reads and writes. */
export class NativeFlat implements Flat<AlgebraCalls> {
  words = new Float64Array(WORDS_AT_FIRST);
  text = new Uint16Array(TEXT_AT_FIRST);
  calls: AlgebraCalls;
  readonly #addon: Addon;

  constructor(addon: Addon) {
    this.#addon = addon;
    this.calls = new addon.FlatBlocks(this.words, this.text);
  }

  reserve(words: number, text: number): void {
    if (this.words.length >= words && this.text.length >= text) return;
    this.words = grown(this.words, words, Float64Array);
    this.text = grown(this.text, text, Uint16Array);
    this.calls = new this.#addon.FlatBlocks(this.words, this.text);
  }
}

function grown<Block extends Float64Array | Uint16Array>(
  block: Block,
  length: number,
  Type: new (length: number) => Block,
): Block {
  if (block.length >= length) return block;
  let room = block.length;
  while (room < length) room *= 2;
  const larger = new Type(room);
  larger.set(block);
  return larger;
}

// Stands in for a service that bills by the word, half a cent each.
import { setTimeout as sleep } from "node:timers/promises";

const CENTS_PER_WORD = 0.5;
const WORDS_MAX = 40;

/** What a text of the longest allowed length costs. */
export const CENTS_MAX = WORDS_MAX * CENTS_PER_WORD;

/** Translates, word by word, into a language whose words are ours backwards. */
export async function translate(text = "") {
  const words = String(text).split(/\s+/).filter(Boolean).slice(0, WORDS_MAX);
  await sleep(20);
  const reversed = words.map((word) => [...word].reverse().join(""));
  return { text: reversed.join(" "), costCents: words.length * CENTS_PER_WORD };
}

// Stands in for a model that bills by the word.
export const CENTS_PER_WORD = 0.125;
export const WORDS_MAX = 40;

/** Repeats the question, word by word, up to the number of words that is asked for. */
export async function answer({ question = "", words: wordsMax = WORDS_MAX }) {
  const words = String(question).split(/\s+/).filter(Boolean).slice(0, Math.min(wordsMax, WORDS_MAX));
  await new Promise((resolve) => setTimeout(resolve, 5 * words.length));
  return { text: words.join(" "), words: words.length };
}

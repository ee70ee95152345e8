// Stands in for a model that bills by the word.

export const CENTS_PER_WORD = 0.125;
export const WORDS_MAX = 40;
const MS_PER_WORD = 5;

/** Repeats the question, word by word, up to the number of words that is asked for. */
export async function* words(question) {
  for (const word of question.split(/\s+/).filter(Boolean).slice(0, WORDS_MAX)) {
    await new Promise((resolve) => setTimeout(resolve, MS_PER_WORD));
    yield word;
  }
}

// What a call may cost, and what it did cost.

/** Cents for a million tokens, which is microcents for one. */
const PRICES = {
  small: { input: 15, output: 60 },
  large: { input: 1_500, output: 7_500 },
};

/** The stand-in's tokens are words. A real proxy brings the tokenizer of its model. */
export const tokensOf = (text) => text.split(/\s+/).filter(Boolean).length;

export const isModel = (name) => typeof name === "string" && Object.hasOwn(PRICES, name);

export const promptTokensOf = (messages) => messages.reduce((sum, { content }) => sum + tokensOf(content), 0);

/** Exact to the microcent: one division of whole numbers. */
export function costCents(model, { inputTokens, outputTokens }) {
  const { input, output } = PRICES[model];
  return (inputTokens * input + outputTokens * output) / 1_000_000;
}

/** The most that a call may cost if its model keeps to `max_tokens`. */
export const estimateCents = ({ model, messages, max_tokens: outputTokens }) =>
  costCents(model, { inputTokens: promptTokensOf(messages), outputTokens });

// What a caller may ask of the model.
import { isModel } from "./prices.mjs";

const TOKENS_MAX = 1_000_000;

/**
 * Puts the request that goes to the model in place of the caller's body, or answers 400.
 *
 * It is put together from what is known, member by member: one that the estimate knows nothing of, such as
 * the number of answers, could make a call cost more than was held for it.
 */
export function readRequest(req, res, next) {
  const { model, messages, max_tokens, stand_in } = req.body ?? {};
  const isMessage = (message) => typeof message?.role === "string" && typeof message.content === "string";
  const areTokens = Number.isSafeInteger(max_tokens) && max_tokens >= 1 && max_tokens <= TOKENS_MAX;
  if (!isModel(model)) return refuse(res, "`model` must be one of the models with a price");
  if (!Array.isArray(messages) || !messages.every(isMessage)) return refuse(res, "`messages` must have texts");
  if (!areTokens) return refuse(res, `\`max_tokens\` must be a whole number from 1 to ${TOKENS_MAX}`);
  req.body = {
    model,
    messages: messages.map(({ role, content }) => ({ role, content })),
    max_tokens,
    stream: true,
    stream_options: { include_usage: true },
    stand_in,
  };
  next();
}

const refuse = (res, error) => void res.status(400).json({ error });

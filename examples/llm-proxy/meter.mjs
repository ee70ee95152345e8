// Reads along as an answer streams by: how many tokens came, and what the model says of itself at the end.
import { tokensOf } from "./prices.mjs";

const isCount = (value) => Number.isSafeInteger(value) && value >= 0;

export class Meter {
  #inputTokens;
  #outputTokens = 0;
  /** The model's own figures, once they have come. */
  #reported;
  #decoder = new TextDecoder();
  /** The line that is not whole yet: a part of the stream may end anywhere. */
  #line = "";

  constructor(inputTokens) {
    this.#inputTokens = inputTokens;
  }

  /** Passes the parts of a stream on as they are; a part is read when the one before was taken. */
  through = async function* (parts) {
    for await (const part of parts) {
      this.#read(part);
      yield part;
    }
  }.bind(this);

  /** What is to be paid: what the model reported, else what came through. */
  get usage() {
    const counted = { inputTokens: this.#inputTokens, outputTokens: this.#outputTokens };
    return this.#reported ?? counted;
  }

  get isReported() {
    return this.#reported !== undefined;
  }

  #read(part) {
    const lines = (this.#line + this.#decoder.decode(part, { stream: true })).split("\n");
    this.#line = lines.pop();
    for (const line of lines) if (line.startsWith("data:")) this.#event(line.slice("data:".length).trim());
  }

  #event(text) {
    if (text === "[DONE]") return;
    let event;
    try {
      event = JSON.parse(text);
    } catch {
      // Not for us to mend: the caller gets it as it is, and it counts for nothing.
      return;
    }
    const { prompt_tokens: inputTokens, completion_tokens: outputTokens } = event?.usage ?? {};
    if (isCount(inputTokens) && isCount(outputTokens)) this.#reported = { inputTokens, outputTokens };
    const content = event?.choices?.[0]?.delta?.content;
    if (typeof content === "string") this.#outputTokens += tokensOf(content);
  }
}

// A page that knows nothing of Keyrail but `keyrail/keys`.
import * as keysModule from "keyrail/keys";
import { Answers } from "./answers.mjs";
import { askKeyFunctions } from "./key-functions.mjs";

export const first = () => keysModule.hashKey("first call");

export const ask = async () => {
  const answers = new Answers();
  await answers.part("keys alone", () => askKeyFunctions(answers, keysModule, "keyrail/keys"));
  const { checks, results } = answers;
  return { checks, results };
};

// What every runtime is asked. Plain web-standard JavaScript: the library comes in as an argument,
// the recorded cases as data, and the answers go out as text that is compared byte for byte.
import { Answers } from "./answers.mjs";
import { askDurations } from "./durations.mjs";
import { askKeyFunctions } from "./key-functions.mjs";
import { askRecordedCases } from "./recorded-cases.mjs";
import { playScenario } from "./scenario.mjs";

/**
 * Asks everything once.
 *
 * `keyrail` is the namespace of `keyrail`, `keysModule` that of `keyrail/keys`, `cases` what
 * `collectCases` gives, after any number of journeys through JSON. Gives `checks`, each
 * `{name, ok, message?}`, and `results`: the canonical text of every answer by its name.
 */
export async function runtimeSuite(keyrail, keysModule, cases) {
  const answers = new Answers();
  await answers.part("recorded cases", () => askRecordedCases(answers, keyrail, cases));
  await answers.part("keys of the whole package", () => askKeyFunctions(answers, keyrail, "keyrail"));
  await answers.part("keys alone", () => askKeyFunctions(answers, keysModule, "keyrail/keys"));
  await answers.part("durations", () => askDurations(answers, keyrail));
  await answers.part("scenario", () => playScenario(answers, keyrail));
  const { checks, results } = answers;
  return { checks, results };
}

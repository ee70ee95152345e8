// What a run of the suite collects: every answer as canonical text, and every check.
import { canonical } from "./canonical.mjs";

/** Answers and checks in the order in which they were given; a name stands for one of each. */
export class Answers {
  /** `{name, ok, message?}` of every check. */
  checks = [];
  /** The canonical text of every answer by its name. */
  results = {};
  #checked = new Set();

  /** Records an answer. */
  note(name, value) {
    if (Object.hasOwn(this.results, name)) throw new Error(`two answers are called ${JSON.stringify(name)}`);
    this.results[name] = canonical(value);
  }

  /** Records that something holds, or with a message that it does not. */
  check(name, message) {
    if (this.#checked.has(name)) throw new Error(`two checks are called ${JSON.stringify(name)}`);
    this.#checked.add(name);
    this.checks.push(message === undefined ? { name, ok: true } : { name, ok: false, message });
  }

  /** Records an answer and checks that it is the expected one. */
  expect(name, actual, expected) {
    this.note(name, actual);
    const wanted = canonical(expected);
    this.check(name, this.results[name] === wanted ? undefined : `expected ${wanted}, got ${this.results[name]}`);
  }

  /** Runs one part; what it throws is a failed check of that part and ends no other. */
  async part(name, run) {
    try {
      await run(this);
      this.check(`${name} ran to its end`);
    } catch (error) {
      this.check(`${name} ran to its end`, String(error?.stack ?? error));
    }
  }
}

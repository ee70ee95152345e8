// What a story is told with: keys over memory() at a clock that only the story moves, and its random
// values by their names.
import { Names } from "./names.mjs";

/** When every story begins: at the end of a month, so that windows meet a short one. */
export const START = Date.parse("2026-01-31T10:30:00.000Z");

/** One `AgentKey`, its store and clock, and the answers that it gives. */
export class Story {
  #answers;
  #names = new Names();

  constructor(answers, { AgentKey, memory }) {
    this.#answers = answers;
    this.clock = { now: START };
    this.events = [];
    this.store = memory();
    this.ak = new AgentKey({
      store: this.store,
      clock: () => this.clock.now,
      onEvent: (event) => this.events.push(event),
    });
  }

  /** Gives a random value its name in the answers: a secret, the id of a hold or of a command. */
  call(name, random) {
    this.#names.call(name, random);
  }

  /** Creates a key whose secret goes by the key's name. */
  async mint(options) {
    const made = await this.ak.create({ accountId: "acme", ...options });
    this.call(`secret of ${options.name}`, made.key);
    return made;
  }

  /** Records an answer. */
  note(name, value) {
    this.#answers.note(`story: ${name}`, this.#names.in(value));
  }

  /** Records an answer that must be this one. */
  expect(name, value, expected) {
    this.#answers.expect(`story: ${name}`, this.#names.in(value), expected);
  }

  /** Records every budget of a chain, whose `[used, held, remaining]` must be these, root first. */
  async expectMoney(name, ref, expected) {
    const budgets = await this.ak.budgets(ref);
    this.note(`budgets ${name}`, budgets);
    const figures = budgets.map(({ usedCents, heldCents, remainingCents }) => [usedCents, heldCents, remainingCents]);
    this.expect(`figures ${name}`, figures, expected);
  }
}

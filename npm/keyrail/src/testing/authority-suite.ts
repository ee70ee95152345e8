/** `testAuthority`: all of `AgentKey`, on whatever stands in for it. */
import type { AgentKey } from "../agent-key/agent-key.js";
import { SCRIPTS, START_MS } from "./authority/generated/scripts.js";
import { play, ScriptClock } from "./authority/player.js";
import { TRAITS } from "./authority/together.js";
import { runCases, type TestOptions, type TestReport } from "./report.js";

/** What an AgentKey under test is made with. */
export interface AuthorityOptions {
  /** Its only clock: a script moves it, also back. */
  readonly clock: () => number;
}

/**
 * Asks an authority what scripts ask, and compares every answer with that of the oracle, which
 * replays the whole history for each. Then many callers ask at once.
 *
 * @param makeAgentKey is called once a script with the clock to go by. It gives an AgentKey of its
 * own each time, or on one store for all: every script makes keys of its own, and they stay behind.
 * @returns how many scripts were answered as the oracle answers, and of each other its name and the
 * first answer that differs
 *
 * @example
 * ```ts
 * import { AgentKey } from "keyrail";
 * import { memory } from "keyrail/stores/memory";
 * import { testAuthority } from "keyrail/testing";
 *
 * const store = memory();
 * const { passed, failed } = await testAuthority(({ clock }) => new AgentKey({ store, clock }));
 * for (const { name, message } of failed) console.error(`${name}: ${message}`);
 * console.log(`${passed} scripts agree`);
 * ```
 */
export async function testAuthority(
  makeAgentKey: (options: AuthorityOptions) => AgentKey | Promise<AgentKey>,
  options: TestOptions = {},
): Promise<TestReport> {
  const scripted = SCRIPTS.map((script) => ({
    name: script.name,
    run: async () => {
      const clock = new ScriptClock(START_MS);
      await play(script, await makeAgentKey({ clock: clock.read }), clock);
    },
  }));
  const traits = TRAITS.map(({ name, hold }) => ({
    name,
    run: async () => {
      const clock = new ScriptClock(START_MS);
      await hold(await makeAgentKey({ clock: clock.read }), clock);
    },
  }));
  return runCases([...scripted, ...traits], options);
}

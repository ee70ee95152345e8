/** What the loop needs from its surroundings; a simulator gives its own. */

/** Time, waiting and chance. */
export interface Environment {
  /** ms since the epoch. */
  readonly clock: () => number;
  /** Whose time that is: the system's own is corrected by a store's, an injected one never. */
  readonly clockSource: "system" | "injected";
  /** Resolves after so many ms. */
  readonly sleep: (ms: number) => Promise<void>;
  /** Calls `happen` after so many ms, unless what it gives is called before. */
  readonly after: (ms: number, happen: () => void) => () => void;
  /** From 0 to below 1; only spreads retries in time. */
  readonly random: () => number;
  /** A time that only goes forward, in ms, for latencies. */
  readonly elapsed: () => number;
  /** Text that no other process gives: it begins the ids of commands. */
  readonly instance: string;
}

/** The surroundings of a real process. */
export function realEnvironment(clock: () => number, clockSource: Environment["clockSource"]): Environment {
  let instance: string | undefined;
  return {
    clock,
    clockSource,
    sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    after: (ms, happen) => {
      const timer = setTimeout(happen, ms);
      return () => clearTimeout(timer);
    },
    random: Math.random,
    elapsed: () => performance.now(),
    // Not before it is needed: a Worker has no randomness in its global scope, where an AgentKey is made.
    get instance() {
      instance ??= crypto.randomUUID();
      return instance;
    },
  };
}

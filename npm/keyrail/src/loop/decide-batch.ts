/** Decides the requests of one commit. */
import type { Core } from "./core.js";
import { Made } from "./made.js";
import type { Pending } from "./pending.js";
import { type Keyed, withoutRepeats } from "./priors.js";

/** What came of it. Each request has its answer, true once what is written is committed. */
export interface DecidedBatch {
  /** The requests that append an entry, in the order of their entries. */
  readonly writers: readonly Pending[];
  readonly made: Made;
  /** Requests that repeat an idempotency key, each with the first that has it: its entry will answer them. */
  readonly deferred: ReadonlyMap<Pending, Pending>;
}

const NONE: ReadonlyMap<Pending, Pending> = new Map();

/**
 * Decides requests one after another on the rows that are here, each on top of what the ones before it changed.
 *
 * @param adjusts requests of the loop's own, decided before all others
 * @param now the process's time, in ms
 */
export function decideBatch(
  core: Core,
  adjusts: readonly Pending[],
  live: readonly Pending[],
  now: number,
): DecidedBatch {
  const { decider, residents } = core;
  const made = new Made();
  const writers = [...adjusts];
  if (adjusts.length > 0) decider.decide(adjusts, now);
  const decide = (open: readonly Pending[]): void => {
    decider.decide(open, now).forEach((decision, index) => {
      const pending = open[index] as Pending;
      pending.answer = decision.answer;
      pending.wrote = decision.wrote;
      made.note(decision);
      if (decision.wrote) writers.push(pending);
    });
  };
  if (live.every((pending) => pending.idempotency === null)) {
    decide(live);
    return { writers, made, deferred: NONE };
  }
  return { writers, made, deferred: decideKeyed(withoutRepeats(residents, live), decide) };
}

/** Decides requests of which some have idempotency keys, but those that repeat the key of one that writes. */
function decideKeyed(
  parts: readonly (readonly Keyed[])[],
  decide: (open: readonly Pending[]) => void,
): ReadonlyMap<Pending, Pending> {
  const firstOfKey = new Map<string, Pending>();
  const deferred = new Map<Pending, Pending>();
  for (const part of parts) {
    const open: Keyed[] = [];
    for (const one of part) {
      const first = one.key === null ? undefined : firstOfKey.get(one.key);
      if (first === undefined) open.push(one);
      else deferred.set(one.pending, first);
    }
    decide(open.map(({ pending }) => pending));
    for (const { pending, key } of open) if (key !== null && pending.wrote) firstOfKey.set(key, pending);
  }
  return deferred;
}

// Time that passes only from one planned event to the next.

/** Runs what was planned, in order of time, each after everything before it has settled. */
export class VirtualTime {
  now = 0;
  #agenda = [];
  #place = 0;

  /** Calls `happen` at `at`; of two at one instant the one planned first comes first. Gives what `cancel` takes. */
  plan(at, happen) {
    const item = { at: Math.max(at, this.now), place: this.#place, happen };
    this.#place += 1;
    const agenda = this.#agenda;
    let index = agenda.length;
    agenda.push(item);
    while (index > 0) {
      const above = (index - 1) >> 1;
      if (!isBefore(item, agenda[above])) break;
      agenda[index] = agenda[above];
      index = above;
    }
    agenda[index] = item;
    return item;
  }

  /** What was planned does not happen, unless it already has. */
  cancel(item) {
    item.happen = null;
  }

  /** Resolves after `ms`, in whole ms as timers do. */
  sleep(ms) {
    return new Promise((resolve) => this.plan(this.now + Math.ceil(ms), resolve));
  }

  /** Until nothing is planned any more. */
  async run() {
    for (let item = this.#next(); item !== undefined; item = this.#next()) {
      if (item.happen === null) continue;
      this.now = item.at;
      item.happen();
      // Every promise that this settles has run its course before the next event.
      await new Promise(setImmediate);
    }
  }

  #next() {
    const agenda = this.#agenda;
    const first = agenda[0];
    const last = agenda.pop();
    if (agenda.length === 0) return first;
    let index = 0;
    for (;;) {
      let below = 2 * index + 1;
      if (below >= agenda.length) break;
      if (below + 1 < agenda.length && isBefore(agenda[below + 1], agenda[below])) below += 1;
      if (!isBefore(agenda[below], last)) break;
      agenda[index] = agenda[below];
      index = below;
    }
    agenda[index] = last;
    return first;
  }
}

function isBefore(left, right) {
  return left.at < right.at || (left.at === right.at && left.place < right.place);
}

/** Numbers from 0 to below 1, the same for the same seed (mulberry32). */
export function seededRandom(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

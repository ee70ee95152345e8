// A store whose calls take time, get lost, and land after their caller has given up.

/** When a caller gives up on the store. */
const TIME_OUT_MS = 200;
const SOUND = { request_ms: 1, response_ms: 1, fault: "none" };

/** The way of all processes to one store. */
export class FaultyStore {
  #inner;
  #time;
  #calls;
  #noisy;
  #next = 0;
  #onCommit;

  /**
   * `calls`: what becomes of the n-th call, round and round, from `noisy.from` to `noisy.to`;
   * `onCommit` sees each commit that succeeded, as it succeeds.
   */
  constructor({ inner, time, calls, noisy, onCommit }) {
    this.#inner = inner;
    this.#time = time;
    this.#calls = calls;
    this.#noisy = noisy;
    this.#onCommit = onCommit;
  }

  /** The store as one process sees it; once that has crashed nothing of it arrives any more. */
  seenBy(process) {
    return {
      read: (refs) => this.#call(process, () => this.#inner.read(refs)),
      commit: (commits) => this.#call(process, (call) => this.#commit(commits, call)),
      allocate: (n) => this.#call(process, () => this.#inner.allocate(n)),
      list: (query, page) => this.#call(process, () => this.#inner.list(query, page)),
      migrate: (options) => this.#inner.migrate(options),
    };
  }

  async #commit(commits, call) {
    if (call.fault === "busy") return { results: commits.map(() => ({ ok: false, busy: true })), storeNow: null };
    const answer = await this.#inner.commit(commits);
    answer.results.forEach((result, index) => {
      if (result.ok) this.#onCommit(commits[index]);
    });
    return answer;
  }

  #call(process, work) {
    const time = this.#time;
    const isNoisy = time.now >= this.#noisy.from && time.now < this.#noisy.to;
    const call = isNoisy ? (this.#calls[this.#next % this.#calls.length] ?? SOUND) : SOUND;
    this.#next += 1;
    return new Promise((resolve, reject) => {
      if (!process.isAlive) return;
      const answer = (settle, value) => {
        if (process.isAlive) settle(value);
      };
      const arrive = async () => {
        try {
          const result = await work(call);
          if (call.fault !== "response_lost") time.plan(time.now + call.response_ms, () => answer(resolve, result));
        } catch (fault) {
          answer(reject, fault);
        }
      };
      if (call.fault !== "request_lost") time.plan(time.now + call.request_ms, () => void arrive());
      // A promise settles once: after an answer this changes nothing.
      time.plan(time.now + TIME_OUT_MS, () => answer(reject, new Error("the store did not answer in time")));
    });
  }
}

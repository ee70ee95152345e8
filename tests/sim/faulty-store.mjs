// A store whose calls take time, get lost, and land after their caller has given up.

/** When a driver gives up on the store, if it does: every other call waits until its caller has had enough. */
const TIME_OUT_MS = 200;
/** From then on a call is slow; without a time-out it takes so many times as long. */
const SLOW_MS = 100;
const SLOWER = 8;
/** How long a claim keeps others away, as the contract says. */
const CLAIM_MS = 200;
const SOUND = { request_ms: 1, response_ms: 1, fault: "none" };

/** The way of all processes to one store. */
export class FaultyStore {
  #inner;
  #time;
  #calls;
  #noisy;
  #next = 0;
  #onCommit;
  #isPlain;
  #claims = new Map();
  /** What the store did against the contract's words on claims. */
  broken = [];
  /** Refused commits that asked for their tree to be kept. */
  claimed = 0;

  /**
   * `calls`: what becomes of the n-th call, round and round, from `noisy.from` to `noisy.to`;
   * `onCommit` sees each commit that succeeded, as it succeeds; with `isPlain` calls take as long
   * as they say, and every driver has a time-out.
   */
  constructor({ inner, time, calls, noisy, onCommit, isPlain }) {
    this.#inner = inner;
    this.#time = time;
    this.#calls = calls;
    this.#noisy = noisy;
    this.#onCommit = onCommit;
    this.#isPlain = isPlain;
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
      this.#follow(commits[index], result.ok);
      if (result.ok) this.#onCommit(commits[index]);
    });
    return answer;
  }

  /** While a claim lasts nobody else's commit may come through. */
  #follow({ tree, owner, now, claims }, isDone) {
    const claim = this.#claims.get(tree);
    const isKept = claim !== undefined && claim.owner !== owner && now < claim.until;
    if (isDone && isKept) this.broken.push(`a commit of ${owner} came through a claim of ${claim.owner}`);
    if (isKept) return;
    this.#claims.delete(tree);
    if (isDone || !claims) return;
    this.#claims.set(tree, { owner, until: now + CLAIM_MS });
    this.claimed += 1;
  }

  #call(process, work) {
    const time = this.#time;
    const isNoisy = time.now >= this.#noisy.from && time.now < this.#noisy.to;
    const call = isNoisy ? (this.#calls[this.#next % this.#calls.length] ?? SOUND) : SOUND;
    const timesOut = this.#isPlain || this.#next % 2 === 0;
    const isSlow = Math.max(call.request_ms, call.response_ms) >= SLOW_MS;
    const pace = isSlow ? (timesOut ? 1 : SLOWER) : isNoisy ? process.pace : 1;
    this.#next += 1;
    return new Promise((resolve, reject) => {
      if (!process.isAlive) return;
      let timeOut = null;
      const answer = (settle, value) => {
        if (timeOut !== null) time.cancel(timeOut);
        if (process.isAlive) settle(value);
      };
      const arrive = async () => {
        try {
          const result = await work(call);
          if (call.fault !== "response_lost")
            time.plan(time.now + call.response_ms * pace, () => answer(resolve, result));
        } catch (fault) {
          answer(reject, fault);
        }
      };
      if (call.fault !== "request_lost") time.plan(time.now + call.request_ms * pace, () => void arrive());
      const tooLate = () => answer(reject, new Error("the store did not answer in time"));
      if (timesOut) timeOut = time.plan(time.now + TIME_OUT_MS, tooLate);
    });
  }
}

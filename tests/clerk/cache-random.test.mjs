// Random turns of asking, answering, revoking and time, against a cache that keeps the whole history.
import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { setImmediate as settled } from "node:timers/promises";
import { cacheOf } from "../../npm/keyrail/dist/clerk/credential-cache.js";
import { below, pick, randomOf, seedsOf } from "../loop/random.mjs";
import { Asked, clerkError, START } from "./asked.mjs";
import { HistoryCache, idOf, WAIT_MS } from "./cache-model.mjs";

const SEEDS = 400;
const STEPS = 60;
const CREDENTIALS = ["a1", "a2", "b1", "c1"];
const TTLS = [0, 5_000, 60_000];
const JUMPS = [1, 999, 1_000, 4_999, 5_000, 30_000, 59_999, 60_000, 3_600_000, -3_600_000];
const PAUSES = [0, 1, 1_500, WAIT_MS - 1, WAIT_MS];

const ANSWERS = {
  good: ({ answer }, credential, expiration) => answer({ id: idOf(credential), subject: "s", expiration }),
  revoked: ({ answer }, credential) => answer({ id: idOf(credential), subject: "s", revoked: true }),
  unknown: ({ fail }) => fail(clerkError(404)),
  bad: ({ fail }) => fail(clerkError(400)),
  down: ({ fail }) => fail(clerkError(503)),
};

/** One run: the cache and the model side by side. */
class Run {
  seen = { good: 0, bad: 0, down: 0, joined: 0, kept: 0 };
  #random;
  #asked = new Asked();
  #model = new HistoryCache();
  #elapsed = 0;
  #flying = [];
  #waiting = [];
  #verify = TTLS.map((cacheTtlMs) => this.#asked.verifier({ cacheTtlMs, timeoutMs: WAIT_MS }));

  constructor(seed) {
    this.#random = randomOf(seed);
  }

  async step() {
    const random = this.#random;
    const turn = below(random, 20);
    if (turn < 9) this.#ask(pick(random, CREDENTIALS), below(random, TTLS.length));
    else if (turn < 14) this.#answer();
    else if (turn < 15) this.#revoke(idOf(pick(random, CREDENTIALS)));
    else if (turn < 17) this.#asked.now += pick(random, JUMPS);
    else this.#pause(pick(random, PAUSES));
    await settled();
    this.#compare();
  }

  #ask(credential, which) {
    const before = this.#asked.questions.length;
    const one = { given: undefined, ttl: TTLS[which], until: this.#elapsed + WAIT_MS };
    this.#verify[which](credential).then((verdict) => {
      one.given = verdict;
    });
    const clocks = { now: this.#asked.now, elapsed: this.#elapsed, ttl: one.ttl };
    const { question, verdict, isNew = false } = this.#model.ask(credential, clocks);
    assert.equal(this.#asked.questions.length - before, isNew ? 1 : 0, "whether Clerk is asked");
    if (isNew) this.#flying.push({ question, asked: this.#asked.questions.at(-1) });
    this.#waiting.push(Object.assign(one, { question, wanted: verdict }));
    if (question === undefined) this.seen.kept += 1;
    else if (!isNew) this.seen.joined += 1;
  }

  #answer() {
    if (this.#flying.length === 0) return;
    const [{ question, asked }] = this.#flying.splice(below(this.#random, this.#flying.length), 1);
    const kind = pick(this.#random, ["good", "good", "good", ...Object.keys(ANSWERS)]);
    const expiration = this.#asked.now + pick(this.#random, [-1, 0, 1, 2_000, 30_000, 1e9]);
    ANSWERS[kind](asked, question.credential, expiration);
    this.#model.land(question, { kind, expiration });
    const { now } = this.#asked;
    for (const one of this.#waiting.filter((other) => other.question === question && other.wanted === undefined)) {
      one.wanted = this.#model.judge(question, { now, ttl: one.ttl });
    }
  }

  #revoke(id) {
    cacheOf(this.#asked.client, "apiKey").revoke(id, this.#asked.now);
    this.#model.revoke(id, this.#asked.now);
  }

  #pause(ms) {
    this.#elapsed += ms;
    this.#asked.now += ms;
    mock.timers.tick(ms);
    for (const one of this.#waiting) if (one.wanted === undefined && one.until <= this.#elapsed) one.wanted = "down";
  }

  #compare() {
    for (const { given, wanted } of this.#waiting) {
      assert.equal(given?.kind, wanted);
      if (wanted !== undefined) this.seen[wanted] += 1;
    }
    this.#waiting = this.#waiting.filter(({ wanted }) => wanted === undefined);
  }
}

test("the cache says what the whole history says", async () => {
  mock.timers.enable({ apis: ["setTimeout", "Date"], now: START });
  const total = { good: 0, bad: 0, down: 0, joined: 0, kept: 0 };
  for (const seed of seedsOf(SEEDS)) {
    const run = new Run(seed);
    try {
      for (let step = 0; step < STEPS; step += 1) await run.step();
    } catch (fault) {
      throw new Error(`KEYRAIL_SEED=${seed}: ${fault.message}`, { cause: fault });
    }
    for (const name of Object.keys(total)) total[name] += run.seen[name];
  }
  mock.timers.reset();
  // Every way through was taken, else this would show nothing.
  if (process.env.KEYRAIL_SEED === undefined)
    assert.ok(
      Object.values(total).every((count) => count > SEEDS),
      JSON.stringify(total),
    );
});

// Plays a scenario with the shipped request loop: several processes over one faulty store, in
// virtual time. What comes out is a history that the oracle judges.
import { engine } from "../../npm/keyrail/dist/engine/node.js";
import { RequestLoop } from "../../npm/keyrail/dist/loop/request-loop.js";
import { memory } from "../../npm/keyrail/dist/stores/memory.js";
import { FaultyStore } from "./faulty-store.mjs";
import { seededRandom, VirtualTime } from "./virtual-time.mjs";
import { asAsked, toAnswer, toCommitLine, toRequest } from "./words.mjs";

/** One life of one process: from its start to its crash. */
class Process {
  isAlive = true;
  #world;
  #index;
  #instance;
  #loop;
  #commands = 0;

  constructor(world, index, life) {
    this.#world = world;
    this.#index = index;
    this.#instance = `${index}.${life}`;
    const random = seededRandom(world.seed * 1_000 + index * 10 + life);
    this.#loop = new RequestLoop({
      store: world.store.seenBy(this),
      engine,
      environment: {
        clock: () => this.#clock(),
        clockSource: "injected",
        // The store itself gives up on a call in time.
        after: () => () => {},
        sleep: (ms) => this.#sleep(ms),
        random,
        elapsed: () => world.time.now,
        instance: this.#instance,
      },
      onNotice: (code, message) => world.write({ line: "notice", code, message }),
    });
  }

  #clock() {
    const now_ms = this.#world.time.now + this.#world.skews[this.#index];
    if (this.isAlive) this.#world.write({ line: "clock", process: this.#index, now_ms });
    return now_ms;
  }

  /** A crashed process never wakes up. */
  async #sleep(ms) {
    await this.#world.time.sleep(ms);
    if (!this.isAlive) await new Promise(() => {});
  }

  ask(op, command) {
    const world = this.#world;
    world.write({ line: "arrive", t: world.time.now, op, process: this.#index, command: asAsked(command) });
    this.#submit(toRequest(command), op).then(
      (answer) => {
        if (!this.isAlive) return;
        world.write({ line: "answer", t: world.time.now, op, answer: toAnswer(answer) });
        // As the façade does: a use is noted behind the answer.
        if (answer.tag === "valid" && answer.touchDue)
          this.#submit({ kind: "touch", target: { id: command.node } }, null).catch(() => {});
      },
      (fault) => {
        if (this.isAlive) world.write({ line: "fault", op, error: `${fault.code}: ${fault.message}` });
      },
    );
  }

  #submit(request, op) {
    this.#commands += 1;
    if (op !== null) this.#world.ops.set(`${this.#instance}-${this.#commands}`, op);
    return this.#loop.submit(request);
  }
}

/**
 * Plays the lines of a scenario and returns those of its history. `makeStore` gives the store
 * underneath the faults.
 */
export async function play(lines, makeStore = memory) {
  const head = lines.find((line) => line.line === "scenario");
  const time = new VirtualTime();
  const history = [];
  const ops = new Map();
  const write = (line) => history.push(line);
  const world = { seed: head.seed, time, skews: Array(head.processes).fill(0), ops, write, store: null };
  world.store = new FaultyStore({
    inner: makeStore(),
    time,
    calls: lines.filter((line) => line.line === "call"),
    noisy: { from: head.noisy_at_ms, to: head.quiet_at_ms },
    onCommit: (commit) => write(toCommitLine(time.now, commit, (command) => ops.get(command))),
  });
  const lives = Array(head.processes).fill(0);
  const processes = world.skews.map((_, index) => new Process(world, index, 0));
  const follow = {
    skew: ({ process, skew_ms }) => {
      world.skews[process] = skew_ms;
    },
    crash: ({ process }) => {
      write({ line: "crash", t: time.now, process });
      processes[process].isAlive = false;
      lives[process] += 1;
      processes[process] = new Process(world, process, lives[process]);
    },
    op: ({ process, op, command }) => processes[process].ask(op, command),
  };
  for (const line of lines) {
    if (line.at_ms !== undefined) time.plan(line.at_ms, () => follow[line.line](line));
  }
  await time.run();
  write({ line: "end", t: time.now });
  return history;
}

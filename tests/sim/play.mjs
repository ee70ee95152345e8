// Plays a scenario with the shipped request loop: several processes over one faulty store, in
// virtual time. What comes out is a history that the oracle judges.
import { engine } from "../../npm/keyrail/dist/engine/node.js";
import { RequestLoop } from "../../npm/keyrail/dist/loop/request-loop.js";
import { memory } from "../../npm/keyrail/dist/stores/memory.js";
import { EditedStore } from "./edited-store.mjs";
import { FaultyStore } from "./faulty-store.mjs";
import { seededRandom, VirtualTime } from "./virtual-time.mjs";
import { asAsked, toAnswer, toCommitLine, toEdited, toRequest } from "./words.mjs";

/** One life of one process: from its start to its crash. */
class Process {
  isAlive = true;
  /** How many times as long as usual its calls to the store take. */
  pace;
  #world;
  #index;
  #instance;
  #loop;
  /** The command that is being submitted right now. */
  submitted = null;

  constructor(world, index, turn) {
    this.#world = world;
    this.#index = index;
    this.#instance = `${index}.${turn}`;
    this.pace = world.isPlain ? 1 : 1 + 4 * ((world.seed + index) % 3);
    const life = this;
    const random = seededRandom(world.seed * 1_000 + index * 10 + turn);
    this.#loop = new RequestLoop({
      store: world.store.seenBy(this),
      engine,
      environment: {
        clock: () => this.#clock(),
        clockSource: "injected",
        after: (ms, happen) => this.#after(ms, happen),
        sleep: (ms) => this.#sleep(ms),
        random,
        elapsed: () => world.time.now,
        // The loop names a request when it is submitted: what it does of its own accord has no such name.
        get instance() {
          return life.submitted === null ? life.#instance : `${life.#instance}/${life.submitted}`;
        },
      },
      onNotice: (code, message) => world.write({ line: "notice", code, message }),
    });
  }

  #clock() {
    const now_ms = this.#world.time.now + this.#world.skews[this.#index];
    if (this.isAlive) this.#world.write({ line: "clock", process: this.#index, now_ms });
    return now_ms;
  }

  #after(ms, happen) {
    const { time } = this.#world;
    const item = time.plan(time.now + ms, () => {
      if (this.isAlive) happen();
    });
    return () => time.cancel(item);
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
    this.submitted = op;
    const answer = this.#loop.submit(request);
    this.submitted = null;
    return answer;
  }
}

/** The command of the scenario behind an entry's id; none behind an edit taken in. */
function opOf(command) {
  const [, op] = command.match(/\/(\d+)-/) ?? [];
  return op === undefined ? undefined : Number(op);
}

/**
 * Plays the lines of a scenario and returns those of its history. `wrap` is given the store
 * underneath the faults, and gives one in its place.
 */
export async function play(lines, wrap = (store) => store) {
  const head = lines.find((line) => line.line === "scenario");
  const time = new VirtualTime();
  const history = [];
  const write = (line) => history.push(line);
  const isPlain = head.is_plain ?? false;
  const world = { seed: head.seed, isPlain, time, skews: Array(head.processes).fill(0), write, store: null };
  const edited = new EditedStore(memory());
  world.store = new FaultyStore({
    inner: wrap(edited.store),
    isPlain,
    time,
    calls: lines.filter((line) => line.line === "call"),
    noisy: { from: head.noisy_at_ms, to: head.quiet_at_ms },
    onCommit: (commit) => write(toCommitLine(time.now, commit, opOf)),
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
    edit: async ({ node, change }) => {
      const columns = await edited.edit(node, change, time.now);
      if (columns !== undefined) write({ line: "edit", t: time.now, node, edited: toEdited(columns) });
    },
  };
  for (const line of lines) {
    if (line.at_ms !== undefined) time.plan(line.at_ms, () => follow[line.line](line));
  }
  await time.run();
  if (world.store.broken.length > 0) throw new Error(world.store.broken.join("\n"));
  write({ line: "end", t: time.now });
  return history;
}

// Both sides of every comparison in one run, and the ratio between them.
//
// Rounds are interleaved (A, B, then B, A), a ratio is taken of each pair of rounds, and the median
// of the ratios is judged: what disturbs the machine disturbs both halves of a pair, and one bad
// pair moves a median little. A gate that fails makes the process fail; a target that is missed is
// printed with the reason.

const PAIRS = 15;
const WARM_UP_PAIRS = 2;

/** The middle one; of an even number the mean of the two in the middle. */
export const median = (numbers) => {
  const sorted = numbers.toSorted((left, right) => left - right);
  const middle = (sorted.length - 1) / 2;
  return (sorted[Math.floor(middle)] + sorted[Math.ceil(middle)]) / 2;
};

const quartiles = (numbers) => {
  const sorted = numbers.toSorted((left, right) => left - right);
  return [0.25, 0.75].map((part) => sorted[Math.round(part * (sorted.length - 1))]);
};

/** Rounds of two sides in turn, `pairs` of them after a warm-up: ns per call of each, and their ratio. */
export const interleave = async (ours, theirs, pairs = PAIRS) => {
  const rounds = [];
  for (let pair = -WARM_UP_PAIRS; pair < pairs; pair += 1) {
    const round = {};
    // Who goes second finds a warmer processor and more garbage, so they take turns.
    const order = pair % 2 === 0 ? ["ours", "theirs"] : ["theirs", "ours"];
    for (const side of order) round[side] = await (side === "ours" ? ours() : theirs());
    if (pair >= 0) rounds.push(round);
  }
  const speeds = rounds.map((round) => round.theirs / round.ours);
  return {
    ours: median(rounds.map((round) => round.ours)),
    theirs: median(rounds.map((round) => round.theirs)),
    speed: median(speeds),
    spread: quartiles(speeds),
  };
};

/** At least so many times as fast as the other side. */
export const speedAtLeast = (least) => ({ text: `≥ ${least} ×`, holds: ({ speed }) => speed >= least });

/** At most so many times the other side's time. */
export const timeAtMost = (most) => ({
  text: `≤ ${most} × its time`,
  holds: ({ speed }) => 1 / speed <= most,
});

/** At most so many ns a call, whatever the other side takes. */
export const nsAtMost = (most) => ({ text: `≤ ${duration(most)}`, holds: ({ ours }) => ours <= most });

/** A time for people, with three digits. */
export const duration = (ns) => {
  const [unit, divisor] = ns < 1e3 ? ["ns", 1] : ns < 1e6 ? ["µs", 1e3] : ns < 1e9 ? ["ms", 1e6] : ["s", 1e9];
  return `${Number((ns / divisor).toPrecision(3))} ${unit}`;
};

const ratio = (value) => `${value.toFixed(2)} ×`;

/** What became of a comparison: the word for its line, and whether the run may succeed. */
export const verdict = (result, { gate, target }) => {
  if (gate !== undefined) {
    return gate.holds(result)
      ? { word: `gate ${gate.text}: pass`, ok: true }
      : { word: `gate ${gate.text}: FAIL`, ok: false };
  }
  if (target === undefined) return { word: "", ok: true };
  const word = target.holds(result) ? "met" : "MISSED";
  return { word: `target ${target.text}: ${word}`, ok: true, missed: word === "MISSED" };
};

const reason = (why, result) => (typeof why === "function" ? why(result) : (why ?? "not looked into"));

/** A table that is printed line by line. */
export class Report {
  #print;

  constructor(title, print = console.info) {
    this.#print = print;
    this.#print(`\n${title}`);
    this.#line(["", "keyrail", "other side", "speed", "quartiles", ""]);
  }

  /**
   * One comparison. `speed` is their time by ours: 2 × is twice as fast as the other side.
   *
   * @param name what is measured
   * @param by who the other side is
   * @param ours @param theirs sides, as `rounds.mjs` makes them
   * @param judged `gate` or `target`, and with a target `why`: where the time goes, or a function that finds it out
   */
  async versus(name, { ours, by, theirs, pairs, ...judged }) {
    const result = await interleave(ours, theirs, pairs);
    const { word, ok, missed } = verdict(result, judged);
    const spread = result.spread.map((speed) => speed.toFixed(2)).join("–");
    const cells = [duration(result.ours), `${duration(result.theirs)} ${by}`, ratio(result.speed), spread, word];
    this.#line([name, ...cells]);
    if (missed) this.note(`where the time goes: ${await reason(judged.why, result)}`);
    // Not process.exit: what is still to be measured is of interest too.
    if (!ok) process.exitCode = 1;
    return result;
  }

  /** A figure with nothing to race it against; a gate `{ text, holds }` says what it must be, and whether it is. */
  figure(name, value, gate) {
    const word = gate === undefined ? "" : `gate ${gate.text}: ${gate.holds ? "pass" : "FAIL"}`;
    this.#line([name, value, "", "", "", word]);
    if (gate?.holds === false) process.exitCode = 1;
  }

  /** A remark on the line above. */
  note(text) {
    this.#print(`  ${text}`);
  }

  #line([name, ours, theirs, speed, spread, word]) {
    const cells = [name.padEnd(52), ours.padStart(9), theirs.padStart(26), speed.padStart(9), spread.padStart(12)];
    this.#print(`${cells.join(" ")}  ${word}`.trimEnd());
  }
}

/** Fails the run when two answers differ: a race between different answers means nothing. */
export const sameAnswer = (name, ours, theirs) => {
  const [left, right] = [ours, theirs].map((answer) => JSON.stringify(answer));
  if (left !== right) throw new Error(`${name}: the sides answer differently: ${left} and ${right}`);
};

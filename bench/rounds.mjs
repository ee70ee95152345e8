// One round of a side: how long one of its calls takes. A side is a function that runs a round and
// gives nanoseconds per call, at once or as a promise.

const ROUND_NS = 20e6;
/** Few enough that the inputs of a round do not fill the memory. */
const INPUTS_AT_ONCE = 512;

/** Keeps what a call gave, so that the compiler cannot leave the call out. */
let kept;

const elapsed = (run) => {
  const started = process.hrtime.bigint();
  run();
  return Number(process.hrtime.bigint() - started);
};

const repeat = (call, count) => {
  for (let index = 0; index < count; index += 1) kept = call();
};

const overInputs = (call, inputs) => {
  for (const input of inputs) kept = call(input);
};

/** So many calls that a round is long beside the clock, found once and after the code is warm. */
const roundLength = (timed) => {
  let count = 1;
  let ns = timed(count);
  while (ns < ROUND_NS) {
    count *= 2;
    ns = timed(count);
  }
  return count;
};

/** A side that makes the same synchronous call again and again. */
export const calls = (call) => {
  const timed = (count) => elapsed(() => repeat(call, count));
  let count;
  return () => {
    count ??= roundLength(timed);
    return timed(count) / count;
  };
};

/** A side whose every call gets an input that nobody has seen; making the inputs is not timed. */
export const callsOnFresh = (makeInput, call) => {
  const timed = (count) => {
    let ns = 0;
    for (let done = 0; done < count; done += INPUTS_AT_ONCE) {
      const inputs = Array.from({ length: Math.min(INPUTS_AT_ONCE, count - done) }, makeInput);
      ns += elapsed(() => overInputs(call, inputs));
    }
    return ns;
  };
  let count;
  return () => {
    count ??= roundLength(timed);
    return timed(count) / count;
  };
};

/** A side of asynchronous operations with a fixed number in flight; `operation` gets a running number. */
export const inFlight = (lanes, operations, operation) => async () => {
  let next = 0;
  const lane = async () => {
    while (next < operations) {
      next += 1;
      await operation(next);
    }
  };
  const started = process.hrtime.bigint();
  await Promise.all(Array.from({ length: lanes }, lane));
  return Number(process.hrtime.bigint() - started) / operations;
};

/** What was kept; a bench has no use for it, and the compiler does not know. */
export const lastKept = () => kept;

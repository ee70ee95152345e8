// Chance that a seed repeats.

/** Numbers from 0 to below 1 (mulberry32). */
export function randomOf(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** A whole number from 0 to below `n`. */
export const below = (random, n) => Math.floor(random() * n);

/** One of a list. */
export const pick = (random, list) => list[below(random, list.length)];

/** The seeds to run: those of a run that failed, or a fixed handful. */
export function seedsOf(count) {
  const { KEYRAIL_SEED: seed } = process.env;
  return seed === undefined ? Array.from({ length: count }, (_, index) => index + 1) : [Number(seed)];
}

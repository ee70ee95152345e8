/** Names that no case has used before, also not on a store that an earlier run has filled. */

const RANDOM_BYTES = 8;

let run: string | undefined;
let made = 0;

/** Text that is given once. */
export function fresh(name: string): string {
  made += 1;
  // Not before it is needed: a Worker has no randomness in its global scope.
  run ??= hex(crypto.getRandomValues(new Uint8Array(RANDOM_BYTES)));
  return `${name}-${run}-${made}`;
}

/** What is shaped like a SHA-256 and given once. */
export function freshHash(): string {
  return hex(new TextEncoder().encode(fresh("")))
    .slice(-64)
    .padStart(64, "0");
}

/** A whole number from `low` to `high`. */
export function between(low: number, high: number): number {
  return low + Math.floor(Math.random() * (high - low + 1));
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

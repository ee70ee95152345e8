// What a run did and counted, in one line, and the seed that plays it again.

/** The seed of this run: `KEYRAIL_SEED`, or one that no run has had. */
export const seedOfRun = () => Number(process.env.KEYRAIL_SEED ?? Date.now() % 1_000_000_000);

/** `name: 1,234 charges, 5 kills`. */
export function said(name, counts) {
  const shown = Object.entries(counts).map(([what, count]) => `${format(count)} ${what}`);
  return `${name}: ${shown.join(", ")}`;
}

function format(count) {
  return typeof count === "number" ? Number(count.toFixed(count < 100 ? 2 : 0)).toLocaleString("en-US") : count;
}

/** Runs a scenario and says what it counted; where it fails, says with which seed. */
export async function told(say, name, seed, play) {
  try {
    const counts = await play(seed);
    say(`${said(name, counts)} (seed ${seed})`);
    return counts;
  } catch (fault) {
    say(`${name} failed: KEYRAIL_SEED=${seed}`);
    throw fault;
  }
}

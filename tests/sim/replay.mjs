// One seed again: `node tests/sim/replay.mjs SEED [STEPS]` prints the history and the verdict;
// with a third argument, SEED is the first of so many and only verdicts are printed.
import { judge, scenarios, withFolder } from "./oracle.mjs";
import { play } from "./play.mjs";

const [first = 0, steps = 200, count = 1] = process.argv.slice(2).map(Number);

await withFolder(async (folder) => {
  const histories = [];
  for (const { seed, lines } of await scenarios(folder, first, count, steps)) {
    histories.push({ name: `seed-${seed}`, history: await play(lines) });
  }
  if (count === 1) for (const line of histories[0].history) console.log(JSON.stringify(line));
  console.log(await judge(folder, histories));
}).catch((fault) => {
  console.error(fault.message);
  process.exitCode = 1;
});

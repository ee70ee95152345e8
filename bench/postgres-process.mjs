// One of several processes that charge the same hot tree: it runs the rounds that it is told to.
import { sides } from "./postgres-sides.mjs";
import { inFlight } from "./rounds.mjs";

const both = sides(process.env.KEYRAIL_BENCH_URL);
process.on("message", async ({ side, lanes, calls }) => {
  await inFlight(lanes, calls, () => both[side](0))();
  process.send("done");
});
process.on("disconnect", () => process.exit());
process.send("ready");

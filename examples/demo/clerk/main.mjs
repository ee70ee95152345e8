// Clerk's credentials under caps: `cargo xtask demo --clerk`. Plays examples/express-clerk before a stub of Clerk.
import { brokenOf } from "../promises.mjs";
import { tableOf, withProgress } from "../terminal.mjs";
import { withExample } from "./example.mjs";
import { clerkPromisesOf } from "./promises.mjs";
import { clerkDown, firstSeen, heldThenSettled, machines, revoked, threeLevels } from "./scenes.mjs";

console.log("examples/express-clerk on Express 5 and SQLite: the real SDK of Clerk, before a stub of its Backend API");
const scenes = await withExample(async (world) =>
  clerkPromisesOf({
    firstSeen: await firstSeen(world),
    heldThenSettled: await heldThenSettled(world),
    threeLevels: await threeLevels(world),
    revoked: await revoked(world, withProgress),
    clerkDown: await clerkDown(world, withProgress),
    machines: await machines(world),
  }),
);
console.log(tableOf(scenes));

const broken = brokenOf(scenes);
console.log(broken.length === 0 ? "\nevery promise held" : `\n${broken.length} broken:\n${broken.join("\n")}`);
process.exitCode = broken.length === 0 ? 0 : 1;

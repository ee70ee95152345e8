// Real HTTP calls against a cap: `cargo xtask demo`. Needs no account, no database and no network.
import { engine } from "keyrail";
import { killedServer } from "./killed.mjs";
import { brokenOf, promisesOf } from "./promises.mjs";
import { abortedCalls, greedyChild, overspend, revokedMidFlight } from "./scenes.mjs";
import { tableOf, withProgress } from "./terminal.mjs";

console.log(`Keyrail on Express 5, SQLite, ${engine} engine: an organisation → a team → agents`);
const scenes = promisesOf({
  overspend: await overspend(withProgress),
  greedyChild: await greedyChild(),
  revokedMidFlight: await revokedMidFlight(),
  abortedCalls: await abortedCalls(withProgress),
  killedServer: await killedServer(withProgress),
});
console.log(tableOf(scenes));

const broken = brokenOf(scenes);
console.log(broken.length === 0 ? "\nevery promise held" : `\n${broken.length} broken:\n${broken.join("\n")}`);
process.exitCode = broken.length === 0 ? 0 : 1;

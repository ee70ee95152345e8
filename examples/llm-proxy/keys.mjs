// For whoever runs the proxy, also while it runs: `node keys.mjs mint <account>` and `node keys.mjs budgets <key>`.
import { AgentKey } from "keyrail";
import { openStore } from "./store.mjs";

const store = openStore();
const ak = new AgentKey({ store });

/** An organisation, a team of it, and an agent of the team: what an agent spends counts on all three. */
async function mint(accountId) {
  const budget = (budgetCents, budgetPeriod) => ({ accountId, budgetCents, budgetPeriod });
  const org = await ak.create({ ...budget(2_000, "month"), name: "org" });
  const team = await ak.create({ ...budget(500, "day"), name: "team", parent: { key: org.key } });
  const agent = await ak.create({ ...budget(100, "hour"), name: "agent", parent: { key: team.key } });
  for (const [name, { key }] of Object.entries({ org, team, agent })) console.log(`${name.padEnd(6)}${key}`);
}

/** Every budget above a key and its own. */
const budgets = async (key) =>
  console.table(await ak.budgets({ key }), ["limitCents", "usedCents", "heldCents", "period", "resetAt"]);

const [command, argument] = process.argv.slice(2);
const commands = { mint, budgets };
try {
  if (!Object.hasOwn(commands, command) || argument === undefined)
    throw new Error("say `mint <account>` or `budgets <key>`");
  await commands[command](argument);
} catch (fault) {
  console.error(fault.message);
  process.exitCode = 1;
} finally {
  await ak.close();
  await store.close();
}

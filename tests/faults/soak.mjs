// The long version of the faults: `node tests/faults/soak.mjs [--rounds N] [--seed S] [--only NAME]`.
// With 50 rounds: 50 kills and crashes an engine, 10,000 aborted calls, 1,000,000 tiny charges.
import { parseArgs } from "node:util";
import { PostgresServer } from "../servers/postgres.mjs";
import { abortedCalls } from "./aborted.mjs";
import { DURABLE, ENGINES, endPlaces, newPlace } from "./engines.mjs";
import { heldLocks } from "./held-locks.mjs";
import { killRounds } from "./killed.mjs";
import { seedOfRun, told } from "./report.mjs";
import { crashRounds } from "./restarted.mjs";
import { tinyCharges } from "./tiny-charges.mjs";

const CALLS_PER_ROUND = 200;
const CHARGES_PER_ROUND = 20_000;
/** As many tiny charges as Postgres gets: there each is a matter of its disk, not of the arithmetic. */
const POSTGRES_CHARGES = 20_000;

const { values } = parseArgs({
  options: { rounds: { type: "string", default: "50" }, seed: { type: "string" }, only: { type: "string" } },
});
const rounds = Number(values.rounds);
const firstSeed = values.seed === undefined ? seedOfRun() : Number(values.seed);

/** What a scenario starts is ended with it, as by a test. */
async function withEnds(play) {
  const ends = [];
  try {
    return await play({ after: (end) => ends.push(end) });
  } finally {
    for (const end of ends.reverse()) await end();
  }
}

async function onOwnServer(play) {
  const server = await PostgresServer.start();
  try {
    return await play(server);
  } finally {
    await server.remove();
  }
}

const SCENARIOS = [
  ...DURABLE.map((engine) => [
    `killed on ${engine}`,
    async (seed) => killRounds(await newPlace(engine), { rounds, seed }),
  ]),
  ["Postgres crashed", (seed) => onOwnServer((server) => withEnds((t) => crashRounds(t, server, { rounds, seed })))],
  ...ENGINES.map((engine) => [
    `aborted on ${engine}`,
    (seed) => withEnds(async (t) => abortedCalls(t, await newPlace(engine), { calls: CALLS_PER_ROUND * rounds, seed })),
  ]),
  ...[1, 50].map((locked) => [
    `a transaction on ${locked} of 120 trees`,
    async (seed) => heldLocks(await newPlace("postgres"), { locked, seed, turns: Math.max(3, rounds) }),
  ]),
  ...ENGINES.map((engine) => [
    `tiny charges on ${engine}`,
    async () => {
      const charges = engine === "postgres" ? POSTGRES_CHARGES : CHARGES_PER_ROUND * rounds;
      return tinyCharges(await newPlace(engine), { charges });
    },
  ]),
];

try {
  for (const [place, [name, play]] of SCENARIOS.entries()) {
    if (values.only !== undefined && !name.includes(values.only)) continue;
    await told(console.log, name, firstSeed + place, play);
  }
} finally {
  await endPlaces();
}

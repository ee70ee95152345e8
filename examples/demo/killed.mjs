// The scene in which a server dies under load and another one goes on with its file.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { AgentKey } from "keyrail";
import { sqlite } from "keyrail/stores/sqlite";
import { PRICE_CENTS } from "./app.mjs";
import { call, count, until } from "./calls.mjs";
import { withFile } from "./file.mjs";
import { CAP_CENTS, mintTree, spentAndHeld } from "./tree.mjs";

const SERVER = fileURLToPath(new URL("server.mjs", import.meta.url));
const MICROCENTS_PER_CENT = 1_000_000;
const CLIENTS = 3;
/** With this many answers the cap is far, and calls are under way. */
const ANSWERS_BEFORE_DEATH = 4;
const WORK_MS = 400;
const TTL_MS = 2_000;
/** A hold lasts its time rounded up by at most a thirty-second, and a timer may be late. */
const GRACE_MS = 500;

/** Kills a server while its clients call it, and looks at what the next one finds. */
export function killedServer(progress) {
  return withFile(async (path) => {
    // The books are read by this process, from the file that the servers write.
    const store = sqlite(path);
    const ak = new AgentKey({ store });
    const tree = await mintTree(ak, { agents: 1 });
    try {
      const { answers, died } = await underLoad(path, tree);
      const server = await startServer(path);
      try {
        return await afterwards({ ak, store, tree, server, answers, died, progress });
      } finally {
        await kill(server);
      }
    } finally {
      await ak.close();
      await store.close();
    }
  });
}

/** Clients that call again as soon as they are answered, until the server dies in the midst of it. */
async function underLoad(path, tree) {
  const server = await startServer(path);
  const answers = [];
  const client = async () => {
    for (;;) {
      const answer = await call(server, tree.keys[0]);
      answers.push(answer);
      if (answer.status !== 200) return;
    }
  };
  const clients = Array.from({ length: CLIENTS }, client);
  await until(() => count(answers, 200) >= ANSWERS_BEFORE_DEATH, 10_000);
  // Well inside the next work of each client.
  await sleep(WORK_MS / 4);
  await kill(server);
  const died = performance.now();
  await Promise.all(clients);
  return { answers, died };
}

/** What the next server's books say, and what it still sells. */
async function afterwards({ ak, store, tree, server, answers, died, progress }) {
  const { spentCents, heldCents } = await spentAndHeld(ak, tree);
  const { settled, openMicrocents } = await ledgerOf(store, tree);
  const answered = answers.filter(({ status }) => status === 200).map(({ body }) => body.hold);
  const settledOnce = answered.filter((hold) => settled.filter((entry) => entry.hold === hold).length === 1);
  const left = TTL_MS + GRACE_MS - (performance.now() - died);
  await progress(() => `${answered.length} calls answered, then killed; waiting for the dead one's holds`, sleep(left));
  const { heldCents: heldAfterCents } = await spentAndHeld(ak, tree);
  const again = await Promise.all(Array.from({ length: 20 }, () => call(server, tree.keys[0])));
  const end = await spentAndHeld(ak, tree);
  const settledMicrocents = settled.reduce((sum, entry) => sum + entry.amountMicrocents, 0);
  return {
    cutOff: count(answers, 0),
    wasUnderLoad: count(answers, 0) > 0 && openMicrocents > 0,
    answered: answered.length,
    settledOnce: settledOnce.length,
    chargedCents: spentCents,
    settledCents: settledMicrocents / MICROCENTS_PER_CENT,
    heldCents,
    openCents: openMicrocents / MICROCENTS_PER_CENT,
    heldAfterCents,
    ranAgain: count(again, 200),
    affordable: (CAP_CENTS - spentCents) / PRICE_CENTS,
    endCents: end.spentCents,
    capCents: CAP_CENTS,
  };
}

/** What was settled, and how much is set aside by calls that nobody ended. */
async function ledgerOf(store, { organisation }) {
  const query = { entries: { tree: organisation.id } };
  const { rows } = await store.list(query, { cursor: null, limit: 1_000 });
  const settled = rows.filter(({ entryKind }) => entryKind === "settle");
  const ended = new Set(settled.map(({ hold }) => hold));
  const open = rows.filter(({ entryKind, hold }) => entryKind === "reserve" && !ended.has(hold));
  return { settled, openMicrocents: open.reduce((sum, entry) => sum + entry.amountMicrocents, 0) };
}

async function startServer(path) {
  const child = spawn(process.execPath, [SERVER, path, String(WORK_MS), String(TTL_MS)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [port] = await once(child.stdout.setEncoding("utf8"), "data");
  return { child, port: Number(port) };
}

/** At once and without a word to it. */
async function kill({ child }) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill("SIGKILL");
  await once(child, "exit");
}

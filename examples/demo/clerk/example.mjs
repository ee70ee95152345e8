// The example as a process of its own, before a stub of Clerk; the demo calls it over HTTP and reads its books.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { AgentKey } from "keyrail";
import { sqlite } from "keyrail/stores/sqlite";
import { ClerkStub } from "../../../tests/clerk/stub/index.mjs";
import { withFile } from "../file.mjs";

const EXAMPLE = fileURLToPath(new URL("../../express-clerk/", import.meta.url));

/** How long the app believes what Clerk said. */
export const CACHE_MS = 2_000;
/** What a word costs, and the most words of an answer. */
export const CENTS_PER_WORD = 0.125;
export const WORDS_MAX = 40;

/** Plays with a stub of Clerk, the app before it and the app's books, and clears up after them. */
export function withExample(play) {
  return withFile(async (path) => {
    const stub = await ClerkStub.start();
    const app = await start(stub, path);
    const store = sqlite(path);
    const books = new AgentKey({ store });
    try {
      return await play({ stub, books, ask: asking(app.base) });
    } finally {
      await books.close();
      await store.close();
      await app.stop();
      await stub.stop();
    }
  });
}

async function start(stub, path) {
  const { CLERK_SECRET_KEY, CLERK_API_URL } = stub.env;
  // A machine's key or a public key of whoever runs the demo is none of the stub's.
  const others = { CLERK_MACHINE_SECRET_KEY: "", CLERK_JWT_KEY: "" };
  const own = { ...others, CLERK_SECRET_KEY, CLERK_API_URL, MACHINES: stub.machineId, KEYS_FILE: path, PORT: "0" };
  const child = spawn(process.execPath, ["server.mjs"], {
    cwd: EXAMPLE,
    env: { ...process.env, ...own, CACHE_TTL: String(CACHE_MS / 1_000).concat("s"), CLERK_TELEMETRY_DISABLED: "1" },
    // What it says of its faults the demo brings about itself, and tells in its own words.
    stdio: ["ignore", "pipe", "ignore"],
  });
  const [line] = await once(child.stdout.setEncoding("utf8"), "data");
  const [base] = /http:\/\/\S+/.exec(line);
  const stop = async () => {
    child.kill("SIGTERM");
    if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
  };
  return { base, stop };
}

/** A way to ask the app for an answer of so many words, at `/api/chat` or `/internal/digest`. */
const asking =
  (base) =>
  async (path, credential, words = WORDS_MAX) => {
    const answer = await fetch(base + path, {
      method: "POST",
      headers: { authorization: `Bearer ${credential}`, "content-type": "application/json" },
      body: JSON.stringify({ question: "word ".repeat(words) }),
    });
    return { status: answer.status, body: await answer.json() };
  };

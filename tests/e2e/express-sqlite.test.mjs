// The example app as a process of its own, used as its README says: also killed and started again.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const APP = fileURLToPath(new URL("../../examples/express-sqlite/server.mjs", import.meta.url));

async function startApp(t, file) {
  const app = spawn(process.execPath, [APP], {
    env: { ...process.env, PORT: "0", KEYS_FILE: file },
    stdio: ["ignore", "pipe", "inherit"],
  });
  t.after(() => app.kill("SIGKILL"));
  const [line] = await once(app.stdout.setEncoding("utf8"), "data");
  const [base] = /http:\/\/\S+/.exec(line);
  const post = async (path, body, key) => {
    const headers = { "content-type": "application/json", ...(key && { authorization: `Bearer ${key}` }) };
    const answer = await fetch(base + path, { method: "POST", headers, body: JSON.stringify(body) });
    return { status: answer.status, left: answer.headers.get("ratelimit"), body: await answer.json() };
  };
  return { app, post };
}

test("examples/express-sqlite: what is left of a key survives a kill", { timeout: 30_000 }, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "keyrail-express-sqlite-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "keys.db");
  const question = { question: "how much is the fish", words: 8 };

  const first = await startApp(t, file);
  const { body: owner } = await first.post("/signup", { email: "ann@example.org" });
  const before = await first.post("/chat", question, owner.key);
  assert.deepEqual(before, {
    status: 200,
    left: '"budget";r=9',
    body: { text: "how much is the fish", costCents: 0.625 },
  });
  first.app.kill("SIGKILL");
  await once(first.app, "close");

  const second = await startApp(t, file);
  const again = await second.post("/chat", question, owner.key);
  assert.deepEqual([again.status, again.left], [200, '"budget";r=8'], "9.375 less the 1 that is held at most");
  const long = { question: "word ".repeat(40) };
  const calls = await Promise.all(Array.from({ length: 10 }, () => second.post("/chat", long, owner.key)));
  const statuses = calls.map((call) => call.status).sort();
  assert.deepEqual(statuses, [200, ...Array(9).fill(429)], "40 words may cost 5 cents, and 8.75 are left");

  second.app.kill("SIGTERM");
  const [code] = await once(second.app, "close");
  assert.equal(code, 0);
});

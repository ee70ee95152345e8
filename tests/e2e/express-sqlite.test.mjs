// The example app as a process of its own, used as its README says: also killed and started again.
import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { startApp } from "./example-app.mjs";

const APP = fileURLToPath(new URL("../../examples/express-sqlite/server.mjs", import.meta.url));

const start = (t, file) => startApp([APP], (app) => t.after(() => app.kill("SIGKILL")), { env: { KEYS_FILE: file } });

test("examples/express-sqlite: what is left of a key survives a kill", { timeout: 30_000 }, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "keyrail-express-sqlite-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "keys.db");
  const question = { question: "how much is the fish", words: 8 };

  const first = await start(t, file);
  const { body: owner } = await first.post("/signup", { email: "ann@example.org" });
  const before = await first.post("/chat", question, owner.key);
  assert.deepEqual(before, {
    status: 200,
    left: '"budget";r=9',
    body: { text: "how much is the fish", costCents: 0.625 },
  });
  first.app.kill("SIGKILL");
  await once(first.app, "close");

  const second = await start(t, file);
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

// The example app as a process of its own, used as its README says.
import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { startApp } from "./example-app.mjs";

const APP = fileURLToPath(new URL("../../examples/express-memory/server.mjs", import.meta.url));

test("examples/express-memory: sign up, spend, mint, stop at the cap", { timeout: 30_000 }, async (t) => {
  const { app, post } = await startApp([APP], (app) => t.after(() => app.kill("SIGKILL")));

  const { status, body: owner } = await post("/signup", { email: "ann@example.org" });
  assert.deepEqual([status, owner.budgetCents, owner.scopes], [201, 10, ["chat"]]);
  const first = await post("/chat", { question: "how much is the fish", words: 8 }, owner.key);
  assert.deepEqual(first, {
    status: 200,
    left: '"budget";r=9',
    body: { text: "how much is the fish", costCents: 0.625 },
  });

  const child = await post("/sdk-keys", { budget_cents: 10, expires_in: "1h" }, owner.key);
  assert.deepEqual([child.status, child.body.parentId], [201, owner.id]);
  const question = "word ".repeat(40);
  const calls = await Promise.all(Array.from({ length: 10 }, () => post("/chat", { question }, child.body.key)));
  const statuses = calls.map((call) => call.status).sort();
  assert.deepEqual(statuses, [200, ...Array(9).fill(429)], "40 words may cost 5 cents, and 9.375 are left");

  app.kill("SIGTERM");
  const [code] = await once(app, "close");
  assert.equal(code, 0);
});

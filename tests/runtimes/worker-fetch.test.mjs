// The example of a Worker in workerd, used over HTTP as its README says.
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { startWorker } from "./workerd.mjs";

test("examples/worker-fetch: a key, streamed answers, and a stop at the cap", async (t) => {
  const worker = await startWorker("../../examples/worker-fetch/worker.mjs");
  t.after(() => worker.dispose());
  const base = await worker.ready;
  const call = (method, path, { key, body } = {}) =>
    fetch(new URL(path, base), { method, body, headers: key === undefined ? {} : { authorization: `Bearer ${key}` } });

  const { key } = await (await call("POST", "/keys")).json();
  const leftIs = async (cents) => {
    for (let tries = 0; tries < 100; tries++) {
      const { leftCents } = await (await call("GET", "/left", { key })).json();
      if (leftCents === cents) return;
      await sleep(20);
    }
    assert.fail(`never ${cents} cents left`);
  };

  const anonymous = await call("POST", "/chat", { body: "hello" });
  assert.deepEqual([anonymous.status, await anonymous.json()], [401, { error: "Missing API key" }]);

  const first = await call("POST", "/chat", { key, body: "how much is the fish today my friend" });
  assert.equal(first.headers.get("ratelimit"), '"budget";r=5');
  assert.equal(await first.text(), "how much is the fish today my friend ");
  await leftIs(9);

  const question = "word ".repeat(40);
  const answers = await Promise.all(Array.from({ length: 10 }, () => call("POST", "/chat", { key, body: question })));
  const statuses = answers.map(({ status }) => status).sort();
  assert.deepEqual(statuses, [200, ...Array(9).fill(429)], "40 words may cost 5 cents, and 9 are left");
  const texts = await Promise.all(answers.map((answer) => answer.text()));
  assert.equal(texts.filter((text) => text === question).length, 1);
  await leftIs(4);
});

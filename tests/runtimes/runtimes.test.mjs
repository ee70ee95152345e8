// One suite, many runtimes: each answers everything as it must, and all answer with the same bytes.
import assert from "node:assert/strict";
import { test } from "node:test";
import { chromiumRunners } from "./chromium.mjs";
import { commandLineRunners } from "./command-line.mjs";
import { firstDifference } from "./compare.mjs";
import { edgeRuntimeRunners } from "./edge-runtime.mjs";
import { workerdRunners } from "./workerd.mjs";

/**
 * A runner is `{title, missing?, expected(), run()}`: `missing` says why this machine cannot have the
 * runtime, `expected` is the `{name, version, engine}` that its answer must give, and `run` gives
 * `{name, version, engine, startUpMs, checks, results}` as the runtime itself said it.
 */
const runners = [...commandLineRunners, ...workerdRunners, ...edgeRuntimeRunners, ...chromiumRunners];
const answered = new Map();

for (const { title, missing, expected, run } of runners) {
  test(`${title} answers as it must`, { skip: missing ?? false }, async (context) => {
    const { startUpMs, checks, results, ...ran } = await run();
    assert.deepEqual(ran, expected());
    const failed = checks.filter(({ ok }) => ok !== true);
    assert.deepEqual(failed, []);
    assert.ok(checks.length > 50, `only ${checks.length} checks`);
    answered.set(title, { results });
    context.diagnostic(`${title}: import and first call in ${startUpMs.toFixed(1)} ms`);
  });
}

test("every runtime has answered, and with the same bytes", () => {
  const wanted = runners.filter(({ missing }) => missing === undefined).map(({ title }) => title);
  assert.deepEqual([...answered.keys()], wanted, "runtimes without an answer");
  const [[firstTitle, first], ...others] = answered;
  assert.ok(others.length > 0);
  for (const [title, other] of others) {
    assert.equal(firstDifference(first, other), undefined, `${firstTitle} against ${title}`);
  }
});

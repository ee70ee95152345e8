// Reports what a suite of `keyrail/testing` says, each of its cases as a test of its own.
import assert from "node:assert/strict";
import { test } from "node:test";

/** Runs a suite; `run` gets its options and gives its report. */
export function subtests(title, run) {
  test(title, async (t) => {
    const results = [];
    const report = await run({ onResult: (result) => results.push(result) });
    for (const { name, message } of results) {
      await t.test(name, () => assert.equal(message, null, message ?? undefined));
    }
    assert.ok(results.length > 0, "the suite has cases");
    assert.equal(report.passed + report.failed.length, results.length);
  });
}

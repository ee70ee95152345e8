// The suites of `keyrail/testing` need no runner and nothing of Node: a Worker runs them.
import assert from "node:assert/strict";
import { test } from "node:test";
import { AgentKey, memory } from "keyrail";
import { testAuthority, testStore } from "keyrail/testing";
import { withWorker } from "./workerd.mjs";

/** Each suite, and the same run here. */
const SUITES = {
  "/store": () => testStore(() => memory()),
  "/authority": () => testAuthority(({ clock }) => new AgentKey({ store: memory(), clock })),
};

for (const [route, here] of Object.entries(SUITES)) {
  test(`workerd: ${route}`, async () => {
    const report = await withWorker("./worker-tests.mjs", (ask) => ask(route));
    assert.deepEqual(report, { passed: (await here()).passed, failed: [] });
  });
}

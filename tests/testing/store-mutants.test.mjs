// `testStore` finds out every store that does something wrong, and by the law that it breaks.
import assert from "node:assert/strict";
import { test } from "node:test";
import { memory } from "keyrail/stores/memory";
import { testStore } from "keyrail/testing";
import { STORE_MUTANTS } from "./store-mutants.mjs";

// Most of a run is waiting for claims to end, so all of them run at a time.
const reports = STORE_MUTANTS.map(({ make }) => testStore(make));

for (const [index, { what, law }] of STORE_MUTANTS.entries()) {
  test(`a store that ${what} is found out`, async () => {
    const { failed } = await reports[index];
    const names = failed.map(({ name }) => name);
    assert.ok(
      names.some((name) => law.test(name)),
      `${law} is not among what failed: ${names.join("; ") || "nothing"}`,
    );
    for (const { name, message } of failed) assert.ok(message.length > 0 && message.length < 1_000, name);
  });
}

test("a store that cannot be made fails every law and says why", async () => {
  const whole = await testStore(() => memory());
  const { passed, failed } = await testStore(() => Promise.reject(new Error("no disk")));
  assert.equal(passed, 0);
  assert.equal(failed.length, whole.passed);
  assert.match(failed[0].message, /no disk/);
});

test("a store that throws is reported with what it threw, and the next law is tried", async () => {
  const { passed, failed } = await testStore(() => ({ ...memory(), list: () => Promise.reject("offline") }));
  assert.ok(passed > 0 && failed.length > 0);
  assert.ok(failed.some(({ message }) => message.includes("offline")));
});

// `testAuthority` finds out every authority that does something wrong.
import assert from "node:assert/strict";
import { test } from "node:test";
import { AgentKey, memory } from "keyrail";
import { testAuthority } from "keyrail/testing";
import { AUTHORITY_MUTANTS } from "./authority-mutants.mjs";

for (const { what, finds, make } of AUTHORITY_MUTANTS) {
  test(`an authority that ${what} is found out`, async () => {
    const { failed } = await testAuthority(({ clock }) => make(new AgentKey({ store: memory(), clock })));
    const names = failed.map(({ name }) => name);
    assert.ok(
      names.some((name) => finds.test(name)),
      `${finds} is not among what failed: ${names.join("; ") || "nothing"}`,
    );
  });
}

test("an authority that goes by a clock of its own fails every script", async () => {
  const { passed, failed } = await testAuthority(() => new AgentKey({ store: memory() }));
  assert.ok(failed.length > 50, `${passed} passed`);
});

test("an authority in cents is not the one that the scripts are about", async () => {
  const makeAgentKey = ({ clock }) => new AgentKey({ store: memory(), clock, costRounding: "cent" });
  const { failed } = await testAuthority(makeAgentKey);
  assert.ok(failed.some(({ name }) => name === "amounts below a cent are exact"));
});

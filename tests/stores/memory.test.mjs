// The memory store obeys the contract like any other.
import assert from "node:assert/strict";
import { test } from "node:test";
import { AgentKey } from "keyrail";
import { memory } from "keyrail/stores/memory";
import { testAuthority, testStore } from "keyrail/testing";
import { subtests } from "../testing/subtests.mjs";
import { commit, commitOf, newRoot } from "./rows.mjs";

subtests("memory(), a fresh one each time", (options) => testStore(() => memory(), options));

const shared = memory();
subtests("memory(), one for all laws", (options) => testStore(() => shared, options));
subtests("an AgentKey over memory()", (options) =>
  testAuthority(({ clock }) => new AgentKey({ store: shared, clock }), options),
);

test("a claim ends also where no time passes", async () => {
  const store = memory();
  const root = await newRoot(store);
  const change = (owner, row, claims) => ({ ...commitOf(root.tree, [row]), owner, claims });
  assert.equal((await commit(store, change("gone", { ...root, version: 0 }, true))).ok, false);
  let tries = 1;
  while (!(await commit(store, change("other", root, false))).ok) tries += 1;
  assert.ok(tries > 1 && tries <= 101, `${tries} tries`);
});

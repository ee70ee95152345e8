// The store gets the next batch before the last one's answers go out, and each answer stays what it was.
import assert from "node:assert/strict";
import { test } from "node:test";
import { newTree } from "./world.mjs";

/** Charges at once, of which all but the first wait for its commit; each commit begun and each answer is noted in turn. */
async function charges(costs, { commit } = {}) {
  const { store, ak, child } = await newTree({ cap: 100 });
  const seen = [];
  const inner = store.commit.bind(store);
  let commits = 0;
  store.commit = async (batch) => {
    commits += 1;
    seen.push(`commit ${commits}`);
    return commit === undefined ? inner(batch) : commit(commits, () => inner(batch));
  };
  const charge = async (costCents) => {
    const told = (answer) => seen.push(`${costCents}: ${answer}`);
    await ak.trackUsage(child.key, { costCents }).then(
      ({ success }) => told(success),
      ({ code }) => told(code),
    );
  };
  const [first, ...others] = costs;
  const asked = [charge(first)];
  // One turn of the event loop: by then the first commit is under way.
  await Promise.resolve();
  await Promise.resolve();
  asked.push(...others.map(charge));
  await Promise.all(asked);
  await ak.close();
  return seen;
}

test("what waited is sent before what was committed is answered", async () => {
  const slow = (_no, carryOut) => new Promise((resolve) => setTimeout(() => resolve(carryOut()), 5));
  assert.deepEqual(await charges([1, 2], { commit: slow }), ["commit 1", "commit 2", "1: true", "2: true"]);
});

test("a batch that fails takes no answer of the one before with it", async () => {
  const second = async (no, carryOut) => {
    await new Promise((resolve) => setTimeout(resolve, 5));
    if (no === 1) return carryOut();
    throw Object.assign(new Error("broken"), { code: "broken" });
  };
  const seen = await charges([1, 2], { commit: second });
  assert.deepEqual(seen.slice(0, 3), ["commit 1", "commit 2", "1: true"]);
  assert.equal(seen.at(-1), "2: store_unavailable");
});

test("answers go out also where nothing follows", async () => {
  assert.deepEqual(await charges([3]), ["commit 1", "3: true"]);
});

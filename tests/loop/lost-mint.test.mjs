// A mint whose commit was lost on the way back, while other faults take the rows of its tree away again.
import assert from "node:assert/strict";
import { test } from "node:test";
import { AgentKey } from "keyrail";
import { memory } from "keyrail/stores/memory";
import { edit } from "../agent-key/world.mjs";

const ROUNDS = 20;

/** A store whose n-th commit after `arm` fails: `[lands, meanwhile]` says whether it was carried out, and what follows. */
function newFaultyStore() {
  const store = memory();
  const { commit } = store;
  let faults = [];
  store.commit = async (commits) => {
    const fault = faults.shift();
    if (fault === undefined) return commit(commits);
    if (fault.lands) await commit(commits);
    await fault.meanwhile?.();
    throw new Error("the connection is gone");
  };
  const arm = (planned) => {
    faults = planned;
  };
  return { store, commit, arm, left: () => faults.length };
}

// The answer to the mint is its entry and the node. The entry stays known; of the node only its parent came back.
test("a minted key is told of although its row was dropped again after its entry was found", async () => {
  for (let round = 0; round < ROUNDS; round += 1) {
    const { store, commit, arm, left } = newFaultyStore();
    const ak = new AgentKey({ store });
    const parent = await ak.create({ accountId: "acme", budgetCents: 1_000 });
    const byHand = () => edit({ ...store, commit }, parent.id, { edited: { usedCents: 5, resetAt: null } });
    let validated;
    const validate = () => {
      setImmediate(() => {
        validated = ak.validate(parent.key);
      });
    };
    arm([
      { lands: true, meanwhile: byHand },
      { lands: false, meanwhile: validate },
    ]);
    const { key, id, budgetCents } = await ak.create({ accountId: "acme", budgetCents: 10, parent: { id: parent.id } });
    assert.equal(left(), 0);
    assert.equal(budgetCents, 10);
    assert.equal((await validated).valid, true);
    const found = await ak.validate(key);
    assert.deepEqual([found.valid, found.id], [true, id]);
    assert.equal((await ak.subtree({ id: parent.id })).length, 2);
  }
});

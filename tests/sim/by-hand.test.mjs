// Faults that a seed found once, each made small.
import assert from "node:assert/strict";
import { test } from "node:test";
import { judge, withFolder } from "./oracle.mjs";
import { play } from "./play.mjs";

const START_MS = 1_700_000_000_000;
const SOUND = { request_ms: 1, response_ms: 1, fault: "none" };

const mint = (node, parent, cap = null) => {
  const rest = { scopes: null, expires_at_ms: null, rule: null, on_exceed: "clamp" };
  return { command: "mint", node, parent, cap, ...rest };
};
const budgets = (node) => ({ command: "budgets", node });
const charge = (node, cost) => ({ command: "charge", node, cost, overdraft: false, key: null });
const reserve = (node, hold, cost, key) => {
  return { command: "reserve", node, hold, cost, at_least: null, whole_cents: false, ttl_ms: 60_000, key };
};

/** Plays a scenario of two processes and lets the oracle judge it. */
async function playLines(lines) {
  const noisy = { noisy_at_ms: START_MS, quiet_at_ms: START_MS + 60_000 };
  const head = { line: "scenario", seed: 0, processes: 2, is_plain: true, ...noisy };
  const history = await play([head, ...lines]);
  await withFolder((folder) => judge(folder, [{ name: "by-hand", history }]));
  return history;
}

/** Plays commands `[ms, process, command]` over calls that go as `calls` says; gives the answers. */
async function check(commands, calls) {
  const history = await playLines([
    ...commands.map(([ms, process, command], op) => ({ line: "op", at_ms: START_MS + ms, process, op, command })),
    ...Array.from({ length: 64 }, (_, index) => ({ line: "call", ...SOUND, ...calls[index] })),
  ]);
  const answers = history.filter((line) => line.line === "answer").sort((left, right) => left.op - right.op);
  assert.equal(answers.length, commands.length);
  return answers.map((line) => line.answer);
}

test("a chain is never shown with rows of two instants", async () => {
  // Process 0 reads node 2 slowly; meanwhile it is charged, and node 3 is read with the new root.
  const answers = await check(
    [
      [0, 1, mint(1, null)],
      [10, 1, mint(2, 1)],
      [20, 1, mint(3, 1)],
      [30, 0, budgets(2)],
      [40, 1, charge(2, 5)],
      [50, 0, budgets(3)],
    ],
    { 3: { response_ms: 60 } },
  );
  const [root, own] = answers[3].chain;
  assert.equal(root.spent, own.spent);
});

test("an idempotency key is looked for again after a lost commit", async () => {
  const answers = await check(
    [
      [0, 1, mint(1, null, 3)],
      [10, 0, budgets(1)],
      [20, 1, reserve(1, 2, 3, "k")],
      [30, 0, reserve(1, 3, 3, "k")],
    ],
    { 3: { fault: "request_lost" } },
  );
  assert.equal(answers[3].answer, "held");
  assert.equal(answers[3].hold, 2);
});

test("a refusal after a lost commit waits until that commit can land no more", async () => {
  // The charge is on its way for 600 ms; the cap is lowered nowhere, but the key expires meanwhile.
  const expiring = { ...mint(1, null, 9), expires_at_ms: START_MS + 150 };
  const answers = await check(
    [
      [0, 0, expiring],
      [100, 0, reserve(1, 2, 3, null)],
    ],
    { 1: { request_ms: 600 } },
  );
  assert.deepEqual([answers[1].answer, answers[1].reason], ["refused", "expired"]);
});

test("a mint whose answer was lost tells what it gave, not what became of it", async () => {
  const answers = await check(
    [
      [0, 1, mint(1, null, 9)],
      [10, 0, mint(2, 1, 5)],
      [50, 1, { command: "set_budget", node: 2, cap: 7 }],
    ],
    { 2: { fault: "response_lost" } },
  );
  assert.equal(answers[1].cap, 5);
  assert.deepEqual(answers[1].clamped, { scopes: false, cap: false, expires_at: false });
});

for (const fault of ["request_lost", "response_lost"]) {
  test(`a root is minted once, whatever becomes of its commit (${fault})`, async () => {
    const answers = await check(
      [
        [0, 0, mint(1, null, 9)],
        [500, 1, charge(1, 4)],
        [600, 0, budgets(1)],
      ],
      { 0: { fault } },
    );
    assert.deepEqual(
      answers.map(({ answer }) => answer),
      ["minted", "charged", "budgets"],
    );
  });
}

test("a charge whose answer came too late is made once", async () => {
  const answers = await check(
    [
      [0, 0, mint(1, null, 9)],
      [10, 0, charge(1, 4)],
      [600, 0, budgets(1)],
    ],
    { 1: { response_ms: 400 } },
  );
  assert.equal(answers[2].chain[0].spent, 4);
});

for (const [fault, spent] of [
  ["request_lost", 0],
  ["none", 4],
]) {
  test(`after a crash the ledger has what was committed and no more (${fault})`, async () => {
    const history = await playLines([
      { line: "op", at_ms: START_MS, process: 0, op: 0, command: mint(1, null, 9) },
      { line: "op", at_ms: START_MS + 10, process: 0, op: 1, command: charge(1, 4) },
      { line: "crash", at_ms: START_MS + 11, process: 0 },
      { line: "op", at_ms: START_MS + 100, process: 0, op: 2, command: budgets(1) },
      { line: "call", ...SOUND },
      { line: "call", ...SOUND, request_ms: 2, fault },
    ]);
    const answers = history.filter((line) => line.line === "answer");
    assert.deepEqual(
      answers.map(({ op }) => op),
      [0, 2],
    );
    assert.equal(answers[1].answer.chain[0].spent, spent);
  });
}

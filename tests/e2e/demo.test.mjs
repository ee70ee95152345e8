// The demo as `cargo xtask demo` runs it, and its check on figures that break a promise.
import assert from "node:assert/strict";
import { test } from "node:test";
import { brokenOf, promisesOf } from "../../examples/demo/promises.mjs";
import { runDemo } from "./run-demo.mjs";

test("the demo ends 0 and says that every promise held", { timeout: 60_000 }, async () => {
  const text = await runDemo("main.mjs");
  assert.match(text, /handlers that ran +10 +kept/);
  assert.match(text, /cents of unpaid work +0 +kept/);
  assert.match(text, /every promise held\n$/);
});

const parent = { budgetCents: 1_000, scopes: ["work"], expiresAt: "2026-02-01T00:00:00.000Z" };
const good = {
  overspend: {
    calls: 200,
    affordable: 10,
    ran: 10,
    answered: 10,
    refused: 190,
    refusedByOwn: 48,
    refusedByAncestor: 142,
    chargedCents: 1_000,
    heldCents: 0,
    unpaidCents: 0,
  },
  greedyChild: {
    asked: { budgetCents: 5_000, scopes: ["work", "admin"], expiresIn: "30d" },
    got: { ...parent, clamped: ["scopes", "budgetCents", "expiresAt"] },
    parent,
  },
  revokedMidFlight: {
    underWay: 200,
    next: 401,
    nextReason: "revoked",
    sibling: 200,
    chargedCents: 200,
    workCents: 200,
  },
  abortedCalls: {
    affordable: 10,
    aborted: 50,
    ran: 10,
    heldDuringCents: 1_000,
    meanwhile: 429,
    heldAfterCents: 0,
    spentAfterCents: 0,
    ranAgain: 10,
    paidAgain: 10,
    chargedCents: 1_000,
    unpaidCents: 0,
  },
  killedServer: {
    wasUnderLoad: true,
    cutOff: 3,
    answered: 4,
    settledOnce: 4,
    chargedCents: 500,
    settledCents: 500,
    heldCents: 200,
    openCents: 200,
    heldAfterCents: 0,
    ranAgain: 5,
    affordable: 5,
    endCents: 1_000,
    capCents: 1_000,
  },
};

test("figures as promised break nothing", () => assert.deepEqual(brokenOf(promisesOf(good)), []));

for (const [scene, forged] of [
  ["overspend", { ran: 200 }],
  ["overspend", { ran: 11, unpaidCents: 100 }],
  ["overspend", { chargedCents: 1_100 }],
  ["overspend", { heldCents: 100 }],
  ["overspend", { refusedByAncestor: 0 }],
  ["greedyChild", { got: { ...good.greedyChild.got, budgetCents: 5_000 } }],
  ["greedyChild", { got: { ...good.greedyChild.got, scopes: ["work", "admin"] } }],
  ["greedyChild", { got: { ...good.greedyChild.got, clamped: [] } }],
  ["revokedMidFlight", { next: 200 }],
  ["revokedMidFlight", { chargedCents: 100 }],
  ["abortedCalls", { aborted: 49 }],
  ["abortedCalls", { ran: 50 }],
  ["abortedCalls", { heldAfterCents: 1_000 }],
  ["abortedCalls", { ranAgain: 20 }],
  ["killedServer", { wasUnderLoad: false }],
  ["killedServer", { settledOnce: 3 }],
  ["killedServer", { chargedCents: 400 }],
  ["killedServer", { heldCents: 0 }],
  ["killedServer", { heldAfterCents: 200 }],
  ["killedServer", { ranAgain: 3 }],
  ["killedServer", { endCents: 1_100 }],
]) {
  test(`figures that break a promise are named: ${scene} ${JSON.stringify(forged)}`, () => {
    const broken = brokenOf(promisesOf({ ...good, [scene]: { ...good[scene], ...forged } }));
    assert.equal(broken.length >= 1, true);
  });
}

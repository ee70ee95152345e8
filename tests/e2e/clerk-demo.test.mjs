// The demo as `cargo xtask demo --clerk` runs it, and its check on figures that break a promise.
import assert from "node:assert/strict";
import { test } from "node:test";
import { clerkPromisesOf } from "../../examples/demo/clerk/promises.mjs";
import { brokenOf } from "../../examples/demo/promises.mjs";
import { runDemo } from "./run-demo.mjs";

test("the demo with Clerk ends 0 and says that every promise held", { timeout: 60_000 }, async () => {
  const text = await runDemo("clerk/main.mjs");
  assert.match(text, /questions to Clerk +1 +kept/);
  assert.match(text, /answered with 503 +9 +kept/);
  assert.match(text, /every promise held\n$/);
});

const good = {
  firstSeen: {
    calls: 200,
    levelsBefore: 0,
    levelsAfter: 3,
    questions: 1,
    answered: 2,
    refused: 198,
    limitCents: 10,
    answerCents: 5,
    chargedCents: "10,10,10",
  },
  heldThenSettled: {
    answer: 200,
    mostCents: 5,
    heldDuringCents: "5,5,5",
    costCents: 4.875,
    chargedCents: "4.875,4.875,4.875",
    heldAfterCents: "0,0,0",
  },
  threeLevels: {
    key: 2,
    keyBound: "its own",
    secondKey: 1,
    secondBound: "one above it",
    otherUser: 1,
    otherBound: "one above it",
    figuresTold: false,
    spentCents: 20,
  },
  revoked: { before: 200, within: 200, questions: 1, after: 401, chargedCents: 1, paidCents: 1 },
  clerkDown: { before: 200, within: 200, calls: 9, down: 9, text: 0, rowsOfFresh: 0, unpaidCents: 0, healed: 2 },
  machines: { own: 200, costCents: 1, chargedCents: "1", strange: 401, crossed: 2, questions: 0 },
};

test("figures as promised break nothing", () => assert.deepEqual(brokenOf(clerkPromisesOf(good)), []));

for (const [scene, forged] of [
  ["firstSeen", { levelsBefore: 3 }],
  ["firstSeen", { levelsAfter: 1 }],
  ["firstSeen", { questions: 200 }],
  ["firstSeen", { answered: 200, refused: 0 }],
  ["firstSeen", { limitCents: undefined }],
  ["firstSeen", { chargedCents: "10,10" }],
  ["heldThenSettled", { heldDuringCents: "" }],
  ["heldThenSettled", { heldDuringCents: "0,0,5" }],
  ["heldThenSettled", { chargedCents: "5,5,5" }],
  ["heldThenSettled", { heldAfterCents: "0,0,5" }],
  ["threeLevels", { secondKey: 2 }],
  ["threeLevels", { secondBound: "its own" }],
  ["threeLevels", { otherUser: 2, spentCents: 25 }],
  ["threeLevels", { figuresTold: true }],
  ["revoked", { questions: 2 }],
  ["revoked", { after: 200 }],
  ["revoked", { chargedCents: 0.5 }],
  ["clerkDown", { down: 8 }],
  ["clerkDown", { text: 1 }],
  ["clerkDown", { rowsOfFresh: 2 }],
  ["clerkDown", { unpaidCents: 0.5 }],
  ["clerkDown", { healed: 1 }],
  ["machines", { chargedCents: "" }],
  ["machines", { strange: 200 }],
  ["machines", { crossed: 1 }],
  ["machines", { questions: 2 }],
]) {
  test(`figures that break a promise are named: ${scene} ${JSON.stringify(forged)}`, () => {
    const broken = brokenOf(clerkPromisesOf({ ...good, [scene]: { ...good[scene], ...forged } }));
    assert.equal(broken.length >= 1, true);
  });
}

// The suites' own comparison sees every difference that it must: it has no runner to lean on.
import assert from "node:assert/strict";
import { test } from "node:test";
import { equal } from "../../npm/keyrail/dist/testing/expect.js";
import { runCases } from "../../npm/keyrail/dist/testing/report.js";

const own = (value) => JSON.parse(`{"__proto__": ${JSON.stringify(value)}}`);

/** Two values, and where they differ. */
const DIFFERENT = [
  [1, 2, "the answer is 1, not 2"],
  [0, -0, "the answer is 0, not -0"],
  [1, "1", 'the answer is 1, not "1"'],
  [null, undefined, "the answer is null, not undefined"],
  [{}, [], "the answer is {}, not []"],
  [null, {}, "the answer is null, not {}"],
  [[1, 2], [1], "the answer has 1: 2, which must not be there"],
  [[1], [1, 2], "the answer lacks 1, which must be 2"],
  [{ a: undefined }, {}, "the answer has a: undefined, which must not be there"],
  [{}, { a: undefined }, "the answer lacks a, which must be undefined"],
  [{ a: [{ b: 1 }] }, { a: [{ b: 2 }] }, "the answer.a[0].b is 1, not 2"],
  [own("x"), {}, 'the answer has __proto__: "x", which must not be there'],
  [own("x"), own("y"), 'the answer.__proto__ is "x", not "y"'],
];

for (const [actual, expected, message] of DIFFERENT) {
  test(message, () => assert.throws(() => equal(actual, expected), { name: "Unmet", message }));
}

test("what is alike passes", () => {
  for (const value of [Number.NaN, -0, "", null, undefined, [], [[1, { a: null }]], own("x")]) {
    equal(value, structuredClone(value));
  }
});

test("a long value is shown by its beginning", () => {
  assert.throws(
    () => equal("x".repeat(100_000), ""),
    ({ message }) => message.length < 300 && message.includes("of 100002 characters"),
  );
});

test("cases are counted one by one, also after one that failed", async () => {
  const seen = [];
  const fail = (fault) => async () => {
    throw fault;
  };
  const report = await runCases(
    [
      { name: "a", run: async () => {} },
      { name: "b", run: fail(new TypeError("no")) },
      { name: "c", run: fail("text") },
      { name: "d", run: fail(Object.assign(new Error("gone"), { code: "lost" })) },
      { name: "e", run: async () => {} },
    ],
    { onResult: ({ name }) => seen.push(name) },
  );
  assert.deepEqual(report, {
    passed: 2,
    failed: [
      { name: "b", message: "TypeError: no" },
      { name: "c", message: "it threw text" },
      { name: "d", message: "Error lost: gone" },
    ],
  });
  assert.deepEqual(seen, ["a", "b", "c", "d", "e"]);
});

// A comparison that finds nothing is worth something only if it would find a difference.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Answers } from "./answers.mjs";
import { canonical } from "./canonical.mjs";
import { firstDifference } from "./compare.mjs";

test("the first differing answer is named", () => {
  const one = { results: { a: "1", b: "0", c: "2" } };
  for (const [results, expected] of [
    [{ a: "1", b: "0", c: "2" }, undefined],
    [{ a: "1", b: "-0", c: "3" }, "b: 0 against -0"],
    [{ a: "1", b: "0" }, "c: 2 against no such answer"],
    [{ a: "1", b: "0", c: "2", d: "3" }, "d: no such answer against 3"],
    [{ b: "0", a: "1", c: "2" }, "the answers are the same, but in another order"],
  ]) {
    assert.equal(firstDifference(one, { results }), expected);
  }
});

test("the canonical text keeps apart what JSON does not", () => {
  const date = new Date(0);
  const apart = [0, -0, Number.NaN, Infinity, -Infinity, null, undefined, "0", "undefined", 0n, false, date, "1970"];
  const lists = apart.flatMap((value) => [[value], { value }]);
  const more = [[], {}, Array(1), { value: { value: 0 } }, "\ud800", "\udc00", new Error("a"), { message: "a" }, 1e21];
  const all = [...apart, ...lists, ...more];
  assert.equal(new Set(all.map(canonical)).size, all.length);
});

test("the canonical text does not depend on the order of members, and has none for a function", () => {
  assert.equal(canonical({ b: 1, a: [{ d: 2, c: 3 }] }), canonical({ a: [{ c: 3, d: 2 }], b: 1 }));
  for (const value of [() => 1, Symbol.iterator, [() => 1]]) assert.throws(() => canonical(value), TypeError);
});

test("a wrong answer, a throw and a name used twice are failed checks", async () => {
  const answers = new Answers();
  await answers.part("wrong", () => answers.expect("sum", 0.1 + 0.2, 0.3));
  await answers.part("throws", () => {
    throw new Error("no");
  });
  await answers.part("twice", () => answers.note("sum", 1));
  assert.deepEqual(
    answers.checks.filter(({ ok }) => !ok).map(({ name }) => name),
    ["sum", "throws ran to its end", "twice ran to its end"],
  );
});

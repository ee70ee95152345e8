// The judge of the benchmarks, on sides whose times are made up.
import assert from "node:assert/strict";
import { test } from "node:test";
import { interleave, median, nsAtMost, Report, sameAnswer, speedAtLeast, timeAtMost, verdict } from "./harness.mjs";
import { calls, callsOnFresh, inFlight } from "./rounds.mjs";

const check = (table, run) => {
  for (const [name, ...row] of table) test(name, () => run(...row));
};

check(
  [
    ["the median of an odd number", [9, 1, 2], 2],
    ["the median of an even number", [4, 1, 2, 9], 3],
  ],
  (numbers, expected) => assert.equal(median(numbers), expected),
);

const result = { ours: 100, theirs: 200, speed: 2 };
check(
  [
    ["a gate that holds", { gate: speedAtLeast(2) }, true, /pass/],
    ["a gate that fails", { gate: speedAtLeast(2.1) }, false, /FAIL/],
    ["a gate on the time that holds", { gate: timeAtMost(0.5) }, true, /pass/],
    ["a gate on the time that fails", { gate: timeAtMost(0.4) }, false, /FAIL/],
    ["a target that is met", { target: nsAtMost(100) }, true, /met/],
    ["a target that is missed fails nothing", { target: nsAtMost(99) }, true, /MISSED/],
  ],
  (judged, ok, word) => {
    const { ok: judgedOk, word: judgedWord } = verdict(result, judged);
    assert.equal(judgedOk, ok);
    assert.match(judgedWord, word);
  },
);

test("a figure is judged by its gate, if it has one", () => {
  const lines = [];
  const report = new Report("figures", (line) => lines.push(line));
  const before = process.exitCode;
  report.figure("alone", "3");
  report.figure("good", "3", { text: "≤ 3", holds: true });
  assert.equal(process.exitCode, before);
  report.figure("bad", "4", { text: "≤ 3", holds: false });
  const { exitCode } = process;
  process.exitCode = before;
  assert.equal(exitCode, 1);
  const words = lines.slice(-3).map((line) => /gate.*$/.exec(line)?.[0]);
  assert.deepEqual(words, [undefined, "gate ≤ 3: pass", "gate ≤ 3: FAIL"]);
});

test("the sides take turns, and one disturbed pair does not move the ratio", async () => {
  const order = [];
  const side = (name, ns) => () => {
    order.push(name);
    // The eighth round of all falls on one pair alone.
    return order.length === 8 ? ns * 1000 : ns;
  };
  const { speed, ours, theirs } = await interleave(side("ours", 10), side("theirs", 30), 5);
  assert.deepEqual({ speed, ours, theirs }, { speed: 3, ours: 10, theirs: 30 });
  assert.deepEqual(order.slice(0, 4), ["ours", "theirs", "theirs", "ours"]);
});

test("a failed gate fails the run, and a missed target says why", async () => {
  const lines = [];
  const before = process.exitCode;
  const report = new Report("title", (line) => lines.push(line));
  const sides = { by: "other", ours: () => 10, theirs: () => 10, pairs: 1 };
  await report.versus("even", { ...sides, target: speedAtLeast(2), why: ({ ours }) => `${ours} ns in the middle` });
  assert.equal(process.exitCode, before);
  assert.match(lines.at(-1), /10 ns in the middle/);
  await report.versus("even", { ...sides, gate: speedAtLeast(2) });
  const { exitCode } = process;
  process.exitCode = before;
  assert.equal(exitCode, 1);
});

test("different answers are no race", () => {
  sameAnswer("equal", { a: 1 }, { a: 1 });
  assert.throws(() => sameAnswer("different", { a: 1 }, { a: 2 }), /different/);
});

test("a side gives the time of one call", async () => {
  const sleep = () => new Promise((resolve) => setTimeout(resolve, 20));
  const ns = await inFlight(4, 8, sleep)();
  assert.ok(ns > 4e6 && ns < 40e6, `${ns}`);
  let made = 0;
  const seen = [];
  const fresh = callsOnFresh(
    () => {
      made += 1;
      return { made };
    },
    (input) => seen.push(input),
  );
  assert.ok(fresh() > 0 && fresh() > 0);
  assert.deepEqual([new Set(seen).size, seen.length], [made, made], "every input is seen once");
  let count = 0;
  const counting = () => {
    count += 1;
  };
  assert.ok(calls(counting)() > 0);
  assert.ok(count > 1000);
});

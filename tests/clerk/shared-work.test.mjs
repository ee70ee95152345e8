// Work that many ask for at once: done once, and by somebody else where the one who does it is never heard of again.
import assert from "node:assert/strict";
import { test } from "node:test";
import { SharedWork } from "../../npm/keyrail/dist/clerk/shared-work.js";

const WAIT_MS = 5_000;

/** Lets everything happen that needs no timer. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

/** A piece of work whose calls the test ends by hand. */
function handmade() {
  const calls = [];
  const work = () =>
    new Promise((resolve, reject) => {
      calls.push({ resolve, reject });
    });
  return { calls, work };
}

test("those who ask at once share one run, and a later one begins anew", async () => {
  const shared = new SharedWork();
  const { calls, work } = handmade();
  const asked = [shared.run("a", work), shared.run("a", work), shared.run("b", work)];
  assert.equal(calls.length, 2);
  calls[0].resolve("first");
  calls[1].resolve("other");
  assert.deepEqual(await Promise.all(asked), ["first", "first", "other"]);
  const later = shared.run("a", work);
  calls[2].resolve("second");
  assert.equal(await later, "second");
});

test("what it throws is thrown to all, and not remembered", async () => {
  const shared = new SharedWork();
  const { calls, work } = handmade();
  const asked = [shared.run("a", work), shared.run("a", work)];
  const fault = new Error("no");
  calls[0].reject(fault);
  for (const outcome of await Promise.allSettled(asked)) assert.equal(outcome.reason, fault);
  const later = shared.run("a", work);
  calls[1].resolve("again");
  assert.equal(await later, "again");
});

test("work that throws at once leaves nothing behind", async () => {
  const shared = new SharedWork();
  const broken = () => {
    throw new Error("at once");
  };
  await assert.rejects(shared.run("a", broken), /at once/);
  assert.equal(await shared.run("a", async () => "again"), "again");
});

test("a run that is never heard of again is waited for five seconds, and then one of those who wait does it", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout", "Date"] });
  const shared = new SharedWork();
  const { calls, work } = handmade();
  const ends = [];
  shared.run("a", work).then((value) => ends.push(value));
  for (let waiting = 0; waiting < 10; waiting += 1) shared.run("a", work).then((value) => ends.push(value));
  t.mock.timers.tick(WAIT_MS - 1);
  await settled();
  assert.deepEqual([calls.length, ends], [1, []]);
  t.mock.timers.tick(1);
  await settled();
  assert.equal(calls.length, 2, "one of ten begins, and nine join him");
  calls[0].resolve("late");
  await settled();
  assert.deepEqual(ends, ["late"], "who began it has it after all");
  shared.run("a", work).then((value) => ends.push(value));
  assert.equal(calls.length, 2, "the second is under way, and is joined");
  calls[1].resolve("done");
  await settled();
  assert.deepEqual(ends, ["late", ...Array(11).fill("done")]);
});

test("who comes after five seconds joins nobody, also where the clock went back", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout", "Date"], now: 1_000_000 });
  for (const step of [WAIT_MS, -1]) {
    const shared = new SharedWork();
    const { calls, work } = handmade();
    void shared.run("a", work);
    t.mock.timers.setTime(Date.now() + step);
    void shared.run("a", work);
    assert.equal(calls.length, 2);
  }
});

// Tables of inputs and their outcomes, each tried on a key of its own.
import assert from "node:assert/strict";
import { test } from "node:test";
import { KeyrailError } from "keyrail";
import { figures, newWorld } from "./world.mjs";

/** The largest amount, in cents. */
export const LARGEST = 9_000_000_000;
export const TEN_KB = "x".repeat(10_240);
export const LONE_SURROGATE = "a\ud800b";

/** A key of 1,000 cents, for every row a new one. */
async function newCase() {
  const world = newWorld();
  const { key, id } = await world.ak.create({ accountId: "acme", budgetCents: 1_000, name: "own" });
  const reserved = async (options = {}) => (await world.ak.reserve(key, { costCents: 100, ...options })).hold.id;
  return { ...world, key, id, reserved };
}

export const refused = (reason) => ({ success: false, reason });
/** A row whose answer is `answer`; a function of the case is asked for it. */
export const answers = (what, act, answer) => ({ what, act, answer });
/** A row that throws a `KeyrailError` of this code. */
export const throws = (what, act, code, message) => ({ what, act, code, message });

/** Runs each row on a case of its own; a refusal or an error must leave the budget as it was. */
export function check(title, table) {
  for (const { what, act, answer, code, message } of table) {
    test(`${title}: ${what}`, async () => {
      const one = await newCase();
      if (code === undefined) {
        assert.deepEqual(await act(one), answer);
        return;
      }
      await assert.rejects(
        async () => act(one),
        (error) => {
          assert.ok(error instanceof KeyrailError, String(error?.stack));
          assert.equal(error.code, code);
          // A recorded message repeats what was given; no other message is as long as its input.
          if (message !== undefined) assert.match(error.message, message);
          else assert.ok(error.message.length < 300, error.message);
          return true;
        },
      );
      assert.deepEqual(await figures(one.ak, { id: one.id }), { usedCents: 0, heldCents: 0 });
    });
  }
}

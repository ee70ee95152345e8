// Very many very small charges, each sent three times with one idempotency key.
import assert from "node:assert/strict";
import { AgentKey } from "keyrail";
import { audit } from "./audit.mjs";
import { openStore } from "./engines.mjs";

/** $0.0000017 in cents: 170 microcents. */
const COST_CENTS = 0.00017;
const SENT_TIMES = 3;
const AT_ONCE = 256;

/**
 * Charges $0.0000017 so often, each time thrice, by two processes; the sum must be exact to the
 * microcent, and not one microcent more than the cap may fit.
 */
export async function tinyCharges(place, { charges }) {
  const { store, close } = await openStore(place);
  const processes = [new AgentKey({ store }), new AgentKey({ store })];
  const [ak] = processes;
  const capCents = Math.ceil(charges * COST_CENTS);
  const root = await ak.create({ accountId: "acme", budgetCents: capCents });
  const { key } = await ak.create({ accountId: "acme", parent: { id: root.id } });
  let next = 0;
  const line = async (number) => {
    // Each line keeps to one process: what is measured here is exactness, not contention.
    const own = processes[number % 2 === 0 ? 0 : Math.floor(number / 64) % 2];
    while (next < charges) {
      const idempotencyKey = `c${next++}`;
      const charge = () => own.trackUsage(key, { costCents: COST_CENTS, idempotencyKey });
      const [first, second] = await Promise.all([charge(), charge()]);
      const third = await charge();
      assert.equal(first.success, true);
      assert.deepEqual([second, third], [first, first], "a repeat gives the first answer");
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, (_, number) => line(number)));
  const [{ usedCents, remainingCents }] = await ak.budgets({ key });
  const microcents = charges * 170;
  assert.equal(usedCents, microcents / 1_000_000);
  const left = capCents * 1_000_000 - microcents;
  assert.equal(remainingCents, left / 1_000_000);
  assert.equal((await ak.trackUsage(key, { costCents: (left + 1) / 1_000_000 })).success, false);
  const entries = await audit(store, root.id, Date.now());
  assert.equal(entries.filter(({ entryKind }) => entryKind === "charge").length, charges);
  await close();
  return { charges, sent: charges * SENT_TIMES, "cents in all": usedCents };
}

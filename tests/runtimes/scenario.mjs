// One story over memory(), chapter after chapter: reserve, settle, deny, expire, replay, roll, revoke.
import { START, Story } from "./story.mjs";

const HOUR = 3_600_000;

const iso = (ms) => new Date(ms).toISOString();

/** Three keys, each minted by the one before. */
const mintKeys = async (story) => {
  const root = await story.mint({ name: "root", budgetCents: 1_000, budgetPeriod: "month" });
  story.expect("root", root, {
    key: "<secret of root>",
    id: root.id,
    scopes: null,
    budgetCents: 1_000,
    budgetPeriod: "month",
    expiresAt: null,
    parentId: null,
    path: String(root.id),
    clamped: [],
  });
  const asked = { scopes: ["read", "write"], budgetCents: 5_000, budgetPeriod: "month", expiresIn: "7d" };
  const child = await story.mint({ name: "child", parent: { key: root.key }, ...asked });
  story.note("child", child);
  story.expect("the child's cap is cut to its parent's", [child.budgetCents, child.clamped], [1_000, ["budgetCents"]]);
  const own = { scopes: ["read"], budgetCents: 300, budgetPeriod: "hour" };
  const leaf = await story.mint({ name: "leaf", parent: { id: child.id }, ...own });
  story.note("leaf", leaf);
  story.note("leaf is valid", await story.ak.validate(leaf.key));
  return { root, child, leaf };
};

const reserveSettleDeny = async (story, { leaf }) => {
  const { ak } = story;
  const reserve = (costCents) => ak.reserve(leaf.key, { costCents, ttl: "90s", idempotencyKey: "job-1" });
  const held = await reserve(120.25);
  story.call("first hold", held.hold.id);
  story.note("reserve", held);
  await story.expectMoney("while held", { id: leaf.id }, [
    [0, 120.25, 879.75],
    [0, 120.25, 879.75],
    [0, 120.25, 179.75],
  ]);
  story.expect("a microcent too much is denied", await ak.reserve(leaf.key, { costCents: 179.750001 }), {
    success: false,
    reason: "budget_exceeded",
    binding: {
      id: leaf.id,
      path: leaf.path,
      limitCents: 300,
      usedCents: 0,
      heldCents: 120.25,
      requestedCents: 179.750001,
      period: "hour",
      windowStart: iso(START),
      resetAt: iso(START + HOUR),
    },
  });
  const settled = { success: true, costCents: 99.999999, overdraftCents: 0, late: false };
  story.expect("settle", await ak.settle(held.hold.id, { costCents: 99.999999 }), settled);
  story.expect("settle again", await ak.settle(held.hold.id, { costCents: 7 }), settled);
  story.note("the reserve again tells what became of its hold", await reserve(120.25));
  story.expect("the same key for another amount", await reserve(120), {
    success: false,
    reason: "idempotency_key_reused",
  });
};

const chargeFractions = async (story, { leaf }) => {
  const { ak } = story;
  // 0.1 + 0.2 prints as 0.30000000000000004, and what is below a microcent rounds up.
  const charge = () =>
    ak.trackUsage(leaf.key, { costCents: 0.1 + 0.2, idempotencyKey: "call-1", metadata: { model: "é😀" } });
  const charged = await charge();
  story.note("charge", charged);
  story.expect("the charge again", await charge(), charged);
  story.note("a charge below a microcent", await ak.trackUsage(leaf.key, { costCents: 1e-9 }));
  for (const costCents of [Number.NaN, Infinity, 1e300, 0, -1]) {
    story.note(`a charge of ${costCents}`, await ak.trackUsage(leaf.key, { costCents }));
  }
  await story.expectMoney("after fractions", { id: leaf.id }, [
    [100.300001, 0, 899.699999],
    [100.300001, 0, 899.699999],
    [100.300001, 0, 199.699999],
  ]);
};

const holdInParallel = async (story, { leaf }) => {
  const { ak, clock } = story;
  const costs = [50, 50.125, 50.25, 50.375, 50.5];
  const answers = await Promise.all(costs.map((costCents) => ak.reserve(leaf.key, { costCents, ttl: "1m" })));
  const kinds = answers.map(({ success }) => success);
  story.expect("of five in parallel three fit", kinds, [true, true, true, false, false]);
  for (const [index, { hold }] of answers.entries()) if (hold) story.call(`hold in parallel ${index}`, hold.id);
  story.note("five in parallel", answers);
  const [kept, freed, overdue] = answers.map(({ hold }) => hold);

  story.note("extend", await ak.extend(kept.id, { ttl: "10m", costCents: 60 }));
  story.expect("release", await ak.release(freed.id), { success: true, releasedCents: 50.125 });
  clock.now = Date.parse(overdue.expiresAt) - 1;
  story.note("a millisecond before the expiry", await ak.headroom({ id: leaf.id }));
  clock.now += 1;
  await story.expectMoney("at the very expiry", { id: leaf.id }, [
    [100.300001, 60, 839.699999],
    [100.300001, 60, 839.699999],
    [100.300001, 60, 139.699999],
  ]);
  story.expect("a late settle is recorded in full", await ak.settle(overdue.id, { costCents: 51 }), {
    success: true,
    costCents: 51,
    overdraftCents: 0,
    late: true,
  });
  story.expect("a settle above the cap", await ak.settle(kept.id, { costCents: 400.5 }), {
    success: true,
    costCents: 400.5,
    overdraftCents: 251.800001,
    late: false,
  });
  story.note("the leaf is spent", await ak.validate(leaf.key));
  story.note("a release after a settle", await ak.release(kept.id));
  story.note("an unknown hold", await ak.settle("0".repeat(32), { costCents: 1 }));
};

const rollWindow = async (story, { root, child, leaf }) => {
  const { ak, clock } = story;
  clock.now = START + HOUR - 1;
  story.note("before the window rolls", await ak.reserve(leaf.key, { costCents: 1 }));
  clock.now += 1;
  const held = await ak.reserve(leaf.key, { costCents: 299, ttl: "1h" });
  story.call("hold in the new window", held.hold.id);
  story.note("after the window rolled", held);
  await story.expectMoney("in the new window", { id: leaf.id }, [
    [551.800001, 299, 149.199999],
    [551.800001, 299, 149.199999],
    [0, 299, 1],
  ]);
  story.note("an ancestor denies", await ak.trackUsage(child.key, { costCents: 150 }));
  story.note("overdraft on purpose", await ak.trackUsage(child.key, { costCents: 150, overdraft: true }));
  story.note("headroom", await ak.headroom({ id: leaf.id }));
  story.note("subtree", await ak.subtree({ id: root.id }));
  return held.hold;
};

const useSubjects = async (story, { root }) => {
  const { ak } = story;
  const subject = "org:é/😀";
  await ak.ensureSubject(subject, { accountId: "acme", budgetCents: 10, parent: { id: root.id } });
  story.note("a charge by subject", await ak.trackUsageBySubject(subject, { costCents: 0.5, overdraft: true }));
  story.note("a subject", await ak.validateBySubject(subject));
  story.note("an unknown subject", await ak.validateBySubject("org:none"));
  const bad = ak.create({ accountId: "acme", budgetCents: Number.NaN });
  const thrown = await bad.catch(({ name, code, message }) => ({ name, code, message }));
  story.note("a cap that is no number", thrown);
};

const revoke = async (story, { root, child, leaf }, hold) => {
  const { ak } = story;
  story.note("revoke", await ak.revoke(child.id));
  story.expect("below a revoked key", await ak.validate(leaf.key), { valid: false, reason: "ancestor_revoked" });
  story.note("a charge below a revoked key", await ak.trackUsage(leaf.key, { costCents: 1 }));
  story.expect("a hold from before is still settled", await ak.settle(hold.id, { costCents: 12.5 }), {
    success: true,
    costCents: 12.5,
    overdraftCents: 0,
    late: false,
  });
  story.expect("revokeTree", await ak.revokeTree({ id: root.id }), { revoked: 3 });
  story.note("the tree at the end", await ak.subtree({ id: root.id }));
};

/** What was written: every entry of the tree, whose sums are what its root has used. */
const readLedger = async (story, { root }) => {
  const { rows } = await story.store.list({ entries: { tree: root.id } }, { cursor: null, limit: 100 });
  for (const { seq, command } of rows) story.call(`command ${seq}`, command);
  // A version is the store's own affair.
  for (const { version: _version, ...entry } of rows) story.note(`entry ${entry.seq}`, entry);
  const spent = rows
    .filter(({ entryKind }) => entryKind === "charge" || entryKind === "settle")
    .reduce((sum, { amountMicrocents }) => sum + amountMicrocents, 0);
  const [{ usedCents }] = await story.ak.budgets({ id: root.id });
  story.expect("the entries rebuild the balance", usedCents, spent / 1e6);
  story.note("events", story.events);
};

/** Plays the story. What random values there are goes by its name in the answers. */
export async function playScenario(answers, keyrail) {
  const story = new Story(answers, keyrail);
  const keys = await mintKeys(story);
  await reserveSettleDeny(story, keys);
  await chargeFractions(story, keys);
  await holdInParallel(story, keys);
  const hold = await rollWindow(story, keys);
  await useSubjects(story, keys);
  await revoke(story, keys, hold);
  await readLedger(story, keys);
  await story.ak.close();
}

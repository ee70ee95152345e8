// Two processes with Keyrail and one with agentkey take turns at random on a daily key below a root
// without windows. A model of ten lines says what every answer and every column must be.
import assert from "node:assert/strict";
import { test } from "node:test";
import { below, pick, randomOf, seedsOf } from "../loop/random.mjs";
import { DAY, newTable, START } from "./world.mjs";

const CAP = 100;
const TURNS = 120;

/** What the child's row holds, as Keyrail and as agentkey see it, and what its root has used. */
class Model {
  used = 0;
  end = START + DAY;
  /** What Keyrail last wrote: a denial rolls a due window for itself alone. */
  wrote = { used: 0, end: START + DAY };
  column = 0;
  columnEnd = START + DAY;
  rootUsed = 0;

  /** agentkey's roll: on to the next end, whatever anybody else knows. */
  rolledByAgentkey(end) {
    this.column = 0;
    this.columnEnd = end;
  }

  /** What Keyrail makes of the columns before it answers. */
  takenIn(now) {
    Object.assign(this, this.wrote);
    const isRolled = this.columnEnd > this.end && this.end <= now;
    if (isRolled) this.used = 0;
    const more = this.column - Math.floor(this.used);
    if (more > 0) this.rootUsed += more;
    this.used = more < 0 ? this.column : this.used + more;
    this.end = this.columnEnd;
    while (this.end <= now) {
      this.end += DAY;
      this.used = 0;
    }
  }

  written() {
    this.wrote = { used: this.used, end: this.end };
    this.column = Math.floor(this.used);
    this.columnEnd = this.end;
  }
}

const turns = {
  async agentkeyValidate({ old, key, clock, model }) {
    if (model.columnEnd < clock.now) model.rolledByAgentkey(model.columnEnd + DAY);
    const expected = model.column >= CAP ? "budget_exceeded" : model.column;
    const { reason, budgetUsedCents } = await old.validate(key);
    assert.equal(reason ?? budgetUsedCents, expected);
  },
  async agentkeyCharge({ old, key, clock, model, random }) {
    const costCents = 1 + Math.floor(random() * 40);
    if (model.columnEnd <= clock.now) model.rolledByAgentkey(clock.now + DAY);
    const fits = model.column + costCents <= CAP;
    if (fits) model.column += costCents;
    assert.equal((await old.trackUsage(key, { costCents })).success, fits);
  },
  async keyrailCharge({ ak, key, clock, model, random }) {
    const costCents = Math.ceil(random() * 80) / 2;
    model.takenIn(clock.now);
    const fits = model.used + costCents <= CAP;
    if (fits) {
      model.used += costCents;
      model.rootUsed += costCents;
    }
    const { success, budgetUsedCents, binding } = await ak.trackUsage(key, { costCents });
    assert.deepEqual([success, budgetUsedCents ?? binding.usedCents], [fits, model.used]);
  },
  async keyrailValidate({ ak, key, clock, model }) {
    model.takenIn(clock.now);
    const { budgetUsedCents, binding } = await ak.validate(key);
    assert.equal(budgetUsedCents ?? binding.usedCents, model.used);
  },
  async keyrailBudgets({ ak, key, clock, model }) {
    model.takenIn(clock.now);
    const chain = await ak.budgets({ key });
    assert.deepEqual(
      chain.map(({ usedCents }) => usedCents),
      [model.rootUsed, model.used],
    );
  },
};

/** A daily key below a root without windows. */
async function newDaily(ak) {
  const root = await ak.create({ accountId: "acme" });
  const grant = { accountId: "acme", budgetCents: CAP, budgetPeriod: "day", parent: { id: root.id } };
  return { root, ...(await ak.create(grant)) };
}

/** What a ledger says that a key spent on the keys above it: charges, and what somebody else added. */
const countedAbove = (entries) =>
  entries.reduce((sum, [kind, , cents]) => sum + (kind === "charge" || kind === "adjust" ? Math.max(cents, 0) : 0), 0);

for (const seed of seedsOf(8)) {
  test(`${TURNS} turns of two Keyrails and an agentkey, seed ${seed}`, async () => {
    const { keyrail, agentkey, clock, row, entries } = await newTable();
    const [first, second] = [keyrail(), keyrail()];
    const { root, key, id } = await newDaily(first);
    const model = new Model();
    const random = randomOf(seed);
    const names = Object.keys(turns);
    for (let turn = 0; turn < TURNS; turn += 1) {
      clock.now += Math.floor(random() * random() * 0.5 * DAY);
      const ak = random() < 0.5 ? first : second;
      const name = pick(random, names);
      await turns[name]({ ak, old: agentkey(), key, clock, model, random });
      // A use is noted, and a due window rolled, behind the answer's back.
      await ak.close();
      const { budget_used_cents: column, budget_reset_at } = await row(id);
      const isWritten = name.startsWith("keyrail") && budget_reset_at.getTime() === model.end;
      if (isWritten) model.written();
      assert.deepEqual([column, budget_reset_at.getTime()], [model.column, model.columnEnd], `turn ${turn}: ${name}`);
    }
    await turns.keyrailBudgets({ ak: first, key, clock, model });
    assert.equal(countedAbove(await entries(root.id)), model.rootUsed);
  });
}

for (const seed of seedsOf(4)) {
  test(`the same at once: nothing of Keyrail's is lost, nothing counts twice, seed ${seed}`, async () => {
    const { keyrail, agentkey, clock, row, entries } = await newTable();
    const [first, second] = [keyrail(), keyrail()];
    const { root, key, id } = await newDaily(first);
    const random = randomOf(seed);
    const spent = { keyrail: 0, agentkey: 0 };
    const charge = async (name, process) => {
      const costCents = 1 + below(random, 30);
      const { success } = await process.trackUsage(key, { costCents });
      if (success) spent[name] += costCents;
    };
    const asked = [
      () => charge("keyrail", first),
      () => charge("keyrail", second),
      () => charge("agentkey", agentkey()),
      () => first.validate(key),
      () => second.validate(key),
      () => agentkey().validate(key),
    ];
    for (let turn = 0; turn < TURNS / 4; turn += 1) {
      clock.now += below(random, 0.4 * DAY);
      await Promise.all(Array.from({ length: 12 }, () => pick(random, asked)()));
    }
    await first.validate(key);
    await Promise.all([first.close(), second.close()]);
    const [above, own] = await second.budgets({ key });
    assert.equal((await row(id)).budget_used_cents, own.usedCents);
    assert.equal(countedAbove(await entries(root.id)), above.usedCents);
    // What agentkey spent and then rolled away itself, before anybody looked, nobody can know.
    assert.ok(above.usedCents >= spent.keyrail, `${above.usedCents} of ${spent.keyrail}`);
    assert.ok(above.usedCents <= spent.keyrail + spent.agentkey, JSON.stringify([above.usedCents, spent]));
  });
}

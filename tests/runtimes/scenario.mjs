// One story over memory() at a clock that only it moves: reserve, settle, deny, expire, replay,
// roll, revoke. Secrets and hold ids are random; they go by their names in the answers.

const START = Date.parse("2026-01-31T10:30:00.000Z");
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** A world whose random values have names. */
const newWorld = ({ AgentKey, memory }) => {
  const clock = { now: START };
  const events = [];
  const ak = new AgentKey({ store: memory(), clock: () => clock.now, onEvent: (event) => events.push(event) });
  const names = new Map();

  /** Gives a random value its name in the answers. */
  const call = (name, random) => {
    names.set(random, `<${name}>`);
    return random;
  };

  /** An answer with its secrets and hold ids by name, and nothing else changed. */
  const named = (value) => {
    if (typeof value === "string") return names.get(value) ?? value;
    if (typeof value !== "object" || value === null) return value;
    if (Array.isArray(value)) return value.map(named);
    return Object.fromEntries(Object.entries(value).map(([member, inner]) => [member, named(inner)]));
  };

  return { ak, clock, events, call, named };
};

/** The code of what a promise throws. */
const codeOf = (promise) =>
  promise.then(
    () => "no error",
    ({ name, code }) => `${name} ${code}`,
  );

const iso = (ms) => new Date(ms).toISOString();

/** Plays the story; most answers are checked against what they must be, all are recorded. */
export async function playScenario(answers, keyrail) {
  const world = newWorld(keyrail);
  const { ak, clock, events, call, named } = world;
  const note = (name, value) => answers.note(`scenario: ${name}`, named(value));
  const expect = (name, value, expected) => answers.expect(`scenario: ${name}`, named(value), expected);
  const money = async (name, ref, expected) => {
    const budgets = await ak.budgets(ref);
    note(`budgets ${name}`, budgets);
    const figures = budgets.map(({ usedCents, heldCents, remainingCents }) => [usedCents, heldCents, remainingCents]);
    expect(`figures ${name}`, figures, expected);
  };

  const root = await ak.create({ accountId: "acme", name: "root", budgetCents: 1_000, budgetPeriod: "month" });
  call("secret of root", root.key);
  expect("root", root, {
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
  const child = await ak.create({
    accountId: "acme",
    name: "child",
    parent: { key: root.key },
    scopes: ["read", "write"],
    budgetCents: 5_000,
    budgetPeriod: "month",
    expiresIn: "7d",
  });
  call("secret of child", child.key);
  note("child", child);
  expect("the child's cap is cut to its parent's", [child.budgetCents, child.clamped], [1_000, ["budgetCents"]]);
  const leaf = await ak.create({
    accountId: "acme",
    parent: { id: child.id },
    scopes: ["read"],
    budgetCents: 300,
    budgetPeriod: "hour",
  });
  call("secret of leaf", leaf.key);
  note("leaf", leaf);
  note("leaf is valid", await ak.validate(leaf.key));

  const first = await ak.reserve(leaf.key, { costCents: 120.25, ttl: "90s", idempotencyKey: "job-1" });
  call("hold 1", first.hold.id);
  note("reserve", first);
  await money("while held", { id: leaf.id }, [
    [0, 120.25, 879.75],
    [0, 120.25, 879.75],
    [0, 120.25, 179.75],
  ]);
  const denied = await ak.reserve(leaf.key, { costCents: 179.750001 });
  expect("a millionth of a cent too much is denied", denied, {
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
  expect("settle", await ak.settle(first.hold.id, { costCents: 99.999999 }), {
    success: true,
    costCents: 99.999999,
    overdraftCents: 0,
    late: false,
  });
  note(
    "the reserve again tells what became of its hold",
    await ak.reserve(leaf.key, { costCents: 120.25, ttl: "90s", idempotencyKey: "job-1" }),
  );
  expect("the same key for another amount", await ak.reserve(leaf.key, { costCents: 1, idempotencyKey: "job-1" }), {
    success: false,
    reason: "idempotency_key_reused",
  });

  const charge = () =>
    ak.trackUsage(leaf.key, { costCents: 0.1 + 0.2, idempotencyKey: "call-1", metadata: { model: "é😀" } });
  const charged = await charge();
  note("charge", charged);
  expect("the charge again", await charge(), charged);
  note("a charge below a microcent rounds up", await ak.trackUsage(leaf.key, { costCents: 1e-9 }));
  note("a charge of nonsense", await ak.trackUsage(leaf.key, { costCents: Number.NaN }));
  note("a charge beyond range", await ak.trackUsage(leaf.key, { costCents: 1e300 }));
  await money("after fractions", { id: leaf.id }, [
    [100.300001, 0, 899.699999],
    [100.300001, 0, 899.699999],
    [100.300001, 0, 199.699999],
  ]);

  const parallel = await Promise.all(
    Array.from({ length: 5 }, (_, index) => ak.reserve(leaf.key, { costCents: 50 + index / 8, ttl: "1m" })),
  );
  for (const [index, answer] of parallel.entries()) {
    if (answer.success) call(`parallel hold ${index}`, answer.hold.id);
    note(`parallel reserve ${index}`, answer);
  }
  expect(
    "of five in parallel three fit",
    parallel.map(({ success }) => success),
    [true, true, true, false, false],
  );
  const [kept, freed, overdue] = parallel.map(({ hold }) => hold?.id);
  note("extend", await ak.extend(kept, { ttl: "10m", costCents: 60 }));
  expect("release", await ak.release(freed), { success: true, releasedCents: 50.125 });

  clock.now = Date.parse(parallel[2].hold.expiresAt);
  await money("at the very expiry", { id: leaf.id }, [
    [100.300001, 60, 839.699999],
    [100.300001, 60, 839.699999],
    [100.300001, 60, 139.699999],
  ]);
  expect("a late settle is recorded in full", await ak.settle(overdue, { costCents: 51 }), {
    success: true,
    costCents: 51,
    overdraftCents: 0,
    late: true,
  });
  note("a settle above the cap", await ak.settle(kept, { costCents: 400.5 }));
  note("the leaf is spent", await ak.validate(leaf.key));
  note("a release after a settle", await ak.release(kept));
  note("an unknown hold", await ak.settle("0".repeat(32), { costCents: 1 }));

  clock.now = START + HOUR - 1;
  note("before the window rolls", await ak.reserve(leaf.key, { costCents: 1 }));
  clock.now += 1;
  const rolled = await ak.reserve(leaf.key, { costCents: 299, ttl: "1h" });
  call("hold in the new window", rolled.hold?.id);
  note("after the window rolled", rolled);
  await money("in the new window", { id: leaf.id }, [
    [551.800001, 299, 149.199999],
    [551.800001, 299, 149.199999],
    [0, 299, 1],
  ]);
  note("an ancestor denies", await ak.trackUsage(child.key, { costCents: 150 }));
  note("overdraft on purpose", await ak.trackUsage(child.key, { costCents: 150, overdraft: true }));
  note("headroom", await ak.headroom({ id: leaf.id }));
  note("subtree", await ak.subtree({ id: root.id }));

  await ak.ensureSubject("org:é/😀", { accountId: "acme", budgetCents: 10, parent: { id: root.id } });
  note("a charge by subject", await ak.trackUsageBySubject("org:é/😀", { costCents: 0.5, overdraft: true }));
  note("a subject is valid or not", await ak.validateBySubject("org:é/😀"));
  note("an unknown subject", await ak.validateBySubject("org:none"));
  expect(
    "a cap that is no number",
    await codeOf(ak.create({ accountId: "acme", budgetCents: Number.NaN })),
    "KeyrailError invalid_cost",
  );

  note("revoke", await ak.revoke(child.id));
  note("below a revoked key", await ak.validate(leaf.key));
  note("a charge below a revoked key", await ak.trackUsage(leaf.key, { costCents: 1 }));
  note("a hold from before is still settled", await ak.settle(rolled.hold.id, { costCents: 12.5 }));
  note("revokeTree", await ak.revokeTree({ id: root.id }));
  note("the tree at the end", await ak.subtree({ id: root.id }));
  note("events", events);
  await ak.close();
}

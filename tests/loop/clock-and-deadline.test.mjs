// A clock that is plainly wrong, a call that never answers, and a store that says what is wrong.
import assert from "node:assert/strict";
import { test } from "node:test";
import { AgentKey, KeyrailError, memory } from "keyrail";

const MINUTE = 60_000;

/** A memory store with a clock of its own. */
function clocked(now) {
  const inner = memory();
  const isOff = (commit) => commit.clock === "system" && Math.abs(commit.now - now()) > MINUTE;
  return {
    ...inner,
    read: async (refs) => ({ ...(await inner.read(refs)), storeNow: now() }),
    commit: async (commits) => {
      const results = [];
      for (const commit of commits) {
        if (isOff(commit)) results.push({ ok: false, clockOff: true });
        else results.push(...(await inner.commit([commit])).results);
      }
      return { results, storeNow: now() };
    },
  };
}

for (const [name, offMs] of [
  ["ahead", 2 * MINUTE],
  ["behind", -2 * MINUTE],
]) {
  test(`a process whose clock is two minutes ${name} goes on with the store's time, and says so`, async () => {
    const store = clocked(() => Date.now() - offMs);
    const notices = [];
    const ak = new AgentKey({ store, onEvent: ({ code }) => notices.push(code) });
    const { key } = await ak.create({ accountId: "a", budgetCents: 10, budgetPeriod: "hour" });
    assert.equal((await ak.trackUsage(key, { costCents: 1 })).success, true);
    assert.deepEqual(notices, ["clock_off"]);
    assert.ok(Math.abs(ak.now() - (Date.now() - offMs)) < 5_000);
  });
}

test("an injected clock is never corrected", async () => {
  const notices = [];
  const options = { clock: () => 1_000_000, onEvent: ({ code }) => notices.push(code) };
  const ak = new AgentKey({ store: clocked(Date.now), ...options });
  const { key } = await ak.create({ accountId: "a" });
  assert.equal((await ak.validate(key)).valid, true);
  assert.deepEqual([ak.now(), notices], [1_000_000, []]);
});

test("a clock that is a little off is left alone", async () => {
  const notices = [];
  const ak = new AgentKey({ store: clocked(() => Date.now() - 2_000), onEvent: ({ code }) => notices.push(code) });
  const { key } = await ak.create({ accountId: "a" });
  assert.equal((await ak.trackUsage(key, { costCents: 1 })).success, true);
  assert.deepEqual(notices, []);
});

test("a call that never answers fails its requests in time, and the next ones are served", async () => {
  const inner = memory();
  let hangs = 0;
  const forever = new Promise(() => {});
  const store = { ...inner, read: (refs) => (hangs-- > 0 ? forever : inner.read(refs)) };
  // Ten seconds pass as soon as somebody waits for them.
  const environment = {
    after: (_ms, happen) => {
      const timer = setTimeout(happen, 50);
      return () => clearTimeout(timer);
    },
  };
  const ak = new AgentKey({ store, environment });
  const { key } = await ak.create({ accountId: "a" });
  hangs = 100;
  await assert.rejects(ak.validate(key), { code: "store_unavailable" });
  hangs = 0;
  assert.equal((await ak.validate(key)).valid, true);
});

test("what a store says itself is passed on at once", async () => {
  const inner = memory();
  let calls = 0;
  const refuse = async () => {
    calls += 1;
    throw new KeyrailError("not_migrated", "run migrate() once");
  };
  const ak = new AgentKey({ store: { ...inner, commit: refuse, read: refuse } });
  await assert.rejects(ak.create({ accountId: "a" }), { code: "not_migrated" });
  await assert.rejects(ak.validate("ak_x"), { code: "not_migrated" });
  assert.equal(calls, 2);
});

/** A process whose `elapsed` goes a second further at every look. */
const hasty = () => {
  let seconds = 0;
  const elapsed = () => {
    seconds += 1;
    return seconds * 1_000;
  };
  return { elapsed, sleep: () => new Promise(setImmediate) };
};

test("a tree that somebody keeps locked fails its requests after 15 seconds, however few the tries", async () => {
  const inner = memory();
  let busy = false;
  let tries = 0;
  const commit = (commits) => {
    tries += 1;
    return busy ? { results: commits.map(() => ({ ok: false, busy: true })), storeNow: null } : inner.commit(commits);
  };
  const ak = new AgentKey({ store: { ...inner, commit: async (commits) => commit(commits) }, environment: hasty() });
  const { key } = await ak.create({ accountId: "a" });
  busy = true;
  tries = 0;
  await assert.rejects(ak.trackUsage(key, { costCents: 1 }), { code: "store_contended" });
  assert.ok(tries > 1 && tries <= 16, `${tries} tries`);
  busy = false;
  assert.equal((await ak.trackUsage(key, { costCents: 1 })).success, true);
});

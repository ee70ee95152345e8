// Keys of an older kind behind a door of Clerk's: a plain object with the four methods that agentkey-clerk asked for.
import assert from "node:assert/strict";
import { onEvery, serve } from "../http/adapters.mjs";
import { send } from "../http/client.mjs";
import { clientOf } from "./client.mjs";
import { KINDS, onEveryKind, onKind, openRoute } from "./guarded-route.mjs";
import { ClerkStub } from "./stub/index.mjs";

/** Keys that know subjects as agentkey does, and note what they are asked. */
function olderKeys({ known = new Map(), fault } = {}) {
  const calls = [];
  const note = (...call) => {
    calls.push(call);
    if (fault?.method === call[0]) throw fault.error;
  };
  return {
    calls,
    async validateBySubject(subject) {
      note("validateBySubject", subject);
      const row = known.get(subject);
      if (row === undefined) return { valid: false, reason: "invalid" };
      return row.spent ? { valid: false, reason: "budget_exceeded" } : { valid: true, id: 1, scopes: ["read"], ...row };
    },
    async ensureSubject(subject, options) {
      note("ensureSubject", subject, options);
      known.set(subject, options);
    },
    async trackUsageBySubject(subject, { costCents }) {
      note("trackUsageBySubject", subject, costCents);
      return { success: true };
    },
    hasScope: ({ scopes }, scope) => scopes === null || scopes.includes(scope),
  };
}

async function open(t, adapter, kindName, ak, options = {}) {
  const kind = KINDS[kindName];
  const stub = await ClerkStub.start();
  t.after(() => stub.stop());
  const handle = ({ agentKey, verified }) => ({ body: { agentKey, subject: verified.subject } });
  const all = { clerkClient: clientOf(stub), ...options };
  const server = await serve(t, adapter, { ak, options: all, door: kind.door, handle });
  const { credential, subject } = kind.issue(stub);
  return { subject, send: () => send(server, { key: credential }) };
}

onEveryKind("it guards as it did, with no call more than it made", async (t, adapter, kind) => {
  const ak = olderKeys();
  const defaults = { budgetCents: 5 };
  const { subject, send: ask } = await open(t, adapter, kind, ak, { defaults, scope: "read" });
  const first = await ask();
  assert.deepEqual([first.status, first.body.subject, first.body.agentKey.budgetCents], [200, subject, 5]);
  assert.deepEqual(ak.calls, [
    ["validateBySubject", subject],
    ["ensureSubject", subject, defaults],
    ["validateBySubject", subject],
  ]);
  assert.equal((await ask()).status, 200);
  assert.equal(ak.calls.length, 4);
});

onEveryKind("who looked for a row before it was made makes none again", async (t, adapter, kind) => {
  const ak = olderKeys();
  const { validateBySubject } = ak;
  let answerFirst;
  const isLooking = new Promise((resolve) => {
    // The first look is slow: it finds nothing, and says so when somebody else has made the row.
    ak.validateBySubject = () => {
      ak.validateBySubject = validateBySubject;
      resolve();
      return new Promise((answer) => {
        answerFirst = () => answer({ valid: false, reason: "invalid" });
      });
    };
  });
  let seen = 0;
  const onFirstSeen = () => {
    seen += 1;
    return {};
  };
  const route = await open(t, adapter, kind, ak, { onFirstSeen });
  const slow = route.send();
  await isLooking;
  const quick = await route.send();
  answerFirst();
  assert.deepEqual([quick.status, (await slow).status, seen], [200, 200, 1]);
});

onEveryKind("what it refuses is refused", async (t, adapter, kind) => {
  const spent = { get: () => ({ spent: true }), set() {} };
  const route = await open(t, adapter, kind, olderKeys({ known: spent }));
  const answer = await route.send();
  assert.deepEqual([answer.status, answer.body], [429, { error: "budget_exceeded" }]);
  const writers = await open(t, adapter, kind, olderKeys(), { scope: "write" });
  assert.equal((await writers.send()).status, 403);
});

for (const method of ["validateBySubject", "ensureSubject"]) {
  onEveryKind(`its ${method} fails: 500`, async (t, adapter, kind) => {
    const error = Object.assign(new Error("refused: postgres://user:secret@db"), { code: "revoked" });
    const route = await open(t, adapter, kind, olderKeys({ fault: { method, error } }));
    const { status, body } = await route.send();
    assert.deepEqual([status, body], [500, { error: "auth_unavailable" }]);
  });
}

const clerkClient = { apiKeys: { verify: async () => ({}) }, m2m: { verify: async () => ({}) } };

for (const [name, options, code] of [
  ["reserve", { reserve: 1 }, "reserve_unsupported"],
  ["a parent", { parent: () => undefined }, "parent_unsupported"],
  ["a plan", { syncBudget: () => undefined }, "sync_budget_unsupported"],
]) {
  onEveryKind(`${name} is refused when the route is made`, (_t, adapter, kind) => {
    const make = () => adapter.guard(olderKeys(), { clerkClient, ...options }, () => ({}), KINDS[kind].door);
    assert.throws(make, { code });
  });
}

for (const [name, options] of [
  ["no client", { clerkClient: undefined }],
  ["a client of another kind", { clerkClient: {} }],
  ["a budget of nobody", { budgetBy: "user" }],
  ["a word that is none", { unknownSubject: "maybe" }],
  ["no time", { timeout: 0 }],
  ["a time that is none", { timeout: "soon" }],
  ["a cache of a day", { cacheTtl: "24h" }],
  ["a cache that is none", { cacheTtl: Number.NaN }],
]) {
  onEveryKind(`${name}: refused when the route is made`, (_t, adapter, kind) => {
    const make = () => adapter.guard(olderKeys(), { clerkClient, ...options }, () => ({}), KINDS[kind].door);
    assert.throws(make, { code: "invalid_option" });
  });
}

for (const [name, options] of [
  ["formats of nothing", { formats: [] }],
  ["a format that is none", { formats: ["jwe"] }],
  ["machines of nothing", { machines: [] }],
  ["a machine without a name", { machines: [""] }],
]) {
  onKind("m2m", `${name}: refused when the route is made`, (_t, adapter) => {
    const make = () => adapter.guard(olderKeys(), { clerkClient, ...options }, () => ({}), "clerkM2M");
    assert.throws(make, { code: "invalid_option" });
  });
}

for (const method of ["validateBySubject", "ensureSubject", "trackUsageBySubject", "hasScope"]) {
  onEvery(`keys without ${method} are refused when the route is made`, (_t, adapter) => {
    const { [method]: _missing, ...ak } = olderKeys();
    const make = () => adapter.guard(ak, { clerkClient }, () => ({}), "clerkApiKey");
    assert.throws(make, { code: "invalid_option", message: new RegExp(method) });
  });
}

for (const method of ["read", "commit"]) {
  onEveryKind(`a store whose ${method} fails: 500, and no handler runs`, async (t, adapter, kind) => {
    const route = await openRoute(t, adapter, { kind, options: { defaults: { budgetCents: 5 }, reserve: 1 } });
    const error = Object.assign(new Error("postgres://user:secret@db"), { code: "store_broken" });
    t.mock.method(route.store, method, () => Promise.reject(error));
    const { status, body } = await route.send(route.issue().credential);
    assert.deepEqual([status, body, route.ran], [500, { error: "auth_unavailable" }, 0]);
  });
}

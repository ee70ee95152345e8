// The row that a caller counts on, over HTTP: who gets one, what it is made with, and what it costs to be made.
import assert from "node:assert/strict";
import { AgentKey } from "keyrail";
import { figuresOf, onEveryStore, openRoute } from "./guarded-route.mjs";

const SUBJECT_BYTES_MAX = 1_024;
const FIRST_REQUESTS = 1_000;
const DEFAULTS = { budgetCents: 500, budgetPeriod: "month", scopes: ["read"] };

/** The answer's status, and the code of each notice of the route so far. */
async function call(route, credential, request) {
  const { status, body } = await route.send(credential, request);
  return { status, body };
}

const opened = (t, adapter, store, options, others = {}) => openRoute(t, adapter, { store, options, ...others });

onEveryStore("an unknown subject gets the defaults", async (t, adapter, store) => {
  const route = await opened(t, adapter, store, { defaults: DEFAULTS });
  const { status, body } = await call(route, route.issue().credential);
  const { budgetCents, budgetPeriod, scopes, accountId } = body.agentKey;
  assert.equal(status, 200);
  assert.deepEqual({ budgetCents, budgetPeriod, scopes }, DEFAULTS);
  assert.equal(accountId, "user_1");
  assert.deepEqual(route.codes(), []);
});

onEveryStore("onFirstSeen goes before the defaults, and is asked once", async (t, adapter, store) => {
  const seen = [];
  const onFirstSeen = async (verified) => {
    seen.push([verified.subject, verified.claims.plan]);
    return { budgetCents: 50, accountId: "acme" };
  };
  const route = await opened(t, adapter, store, { defaults: DEFAULTS, onFirstSeen });
  const { credential } = route.issue({ claims: { plan: "pro" } });
  for (let index = 0; index < 2; index += 1) {
    const { body } = await call(route, credential);
    const { accountId, budgetCents, scopes } = body.agentKey;
    assert.deepEqual({ accountId, budgetCents, scopes }, { accountId: "acme", budgetCents: 50, scopes: null });
  }
  assert.deepEqual(seen, [["user_1", "pro"]]);
});

for (const [what, fault] of Object.entries({
  "an answer of Clerk's": { clerkError: true, status: 401, message: "sk_test_secret" },
  "a key that cannot be sent": new TypeError('Headers.append: "Bearer sk_test_secret" is invalid'),
})) {
  for (const option of ["onFirstSeen", "parent", "syncBudget"]) {
    onEveryStore(`${option} that throws ${what}: 500, and no word of the SDK's`, async (t, adapter, store) => {
      const route = await opened(t, adapter, store, { [option]: () => Promise.reject(fault) });
      const { status, body } = await call(route, route.issue().credential);
      assert.deepEqual([status, body], [500, { error: "auth_unavailable" }]);
      const [notice] = route.notices.filter(({ code }) => code === "auth_unavailable");
      assert.match(notice.message, new RegExp(`${option}.*Clerk`));
      assert.ok(route.notices.every(({ message }) => !message.includes("sk_test_secret")));
    });
  }
}

onEveryStore("what onFirstSeen throws of its own is told", async (t, adapter, store) => {
  const onFirstSeen = () => Promise.reject(new Error("no plan"));
  const route = await opened(t, adapter, store, { onFirstSeen });
  assert.equal((await call(route, route.issue().credential)).status, 500);
  assert.match(route.notices.find(({ code }) => code === "auth_unavailable").message, /no plan/);
});

onEveryStore("onFirstSeen that gives nothing leaves the defaults", async (t, adapter, store) => {
  const route = await opened(t, adapter, store, { defaults: DEFAULTS, onFirstSeen: () => undefined });
  const { body } = await call(route, route.issue().credential);
  assert.equal(body.agentKey.budgetCents, 500);
});

for (const [name, onFirstSeen] of Object.entries({
  throws: () => {
    throw new Error("no plan");
  },
  rejects: async () => {
    throw new Error("no plan");
  },
  "gives a cap that is none": () => ({ budgetCents: -1 }),
})) {
  onEveryStore(`onFirstSeen ${name}: 500, no row, and the next request asks again`, async (t, adapter, store) => {
    const answers = [onFirstSeen, () => ({ budgetCents: 7 })];
    const options = { reserve: 1, onFirstSeen: (verified) => answers.shift()(verified) };
    const route = await opened(t, adapter, store, options);
    const { credential } = route.issue();
    assert.deepEqual(await call(route, credential), { status: 500, body: { error: "auth_unavailable" } });
    assert.deepEqual([route.ran, route.counts.written], [0, 0]);
    assert.equal((await call(route, credential)).body.agentKey.budgetCents, 7);
    assert.deepEqual(route.codes(), ["auth_unavailable"], "a row that somebody has planned is bounded as he likes");
  });
}

onEveryStore("without defaults the row has no cap, and a notice says so", async (t, adapter, store) => {
  const route = await opened(t, adapter, store, {});
  const { body } = await call(route, route.issue().credential);
  assert.equal(body.agentKey.budgetCents, null);
  assert.deepEqual(route.codes(), ["unbounded_subject"]);
});

onEveryStore("unknownSubject: deny is 403 and writes nothing; a known one is let in", async (t, adapter, store) => {
  for (const reserve of [undefined, 1, () => 1]) {
    const options = { unknownSubject: "deny", defaults: DEFAULTS, reserve };
    const route = await opened(t, adapter, store, options);
    const { credential } = route.issue();
    assert.deepEqual(await call(route, credential), { status: 403, body: { error: "unknown_subject" } });
    assert.deepEqual([route.ran, route.counts.written], [0, 0]);
    await route.ak.ensureSubject("user_1");
    assert.equal((await call(route, credential)).status, 200);
  }
});

onEveryStore(
  "two keys of one subject share its budget; with budgetBy: key each has its own",
  async (t, adapter, store) => {
    for (const [budgetBy, third] of [
      ["subject", 429],
      ["key", 200],
    ]) {
      const route = await opened(t, adapter, store, { budgetBy, defaults: { budgetCents: 20 }, reserve: 10 });
      const [first, second] = [route.issue(), route.issue()];
      const statuses = [];
      for (const { credential } of [first, first, second]) statuses.push((await call(route, credential)).status);
      assert.deepEqual(statuses, [200, 200, third]);
      const rows = budgetBy === "key" ? [undefined, 20, 10] : [20, undefined, undefined];
      const used = [];
      for (const subject of ["user_1", first.id, second.id]) used.push((await figuresOf(route.ak, subject))?.usedCents);
      assert.deepEqual(used, rows);
    }
  },
);

onEveryStore(
  "org > user > key: rows from the root down at first sight, and the org's cap binds",
  async (t, adapter, store) => {
    const parent = ({ subject, claims }) => ({
      subject,
      budgetCents: 40,
      parent: { subject: claims.org, budgetCents: 50, budgetPeriod: "month" },
    });
    const options = { budgetBy: "key", defaults: { budgetCents: 30 }, parent, reserve: 10 };
    const route = await opened(t, adapter, store, options);
    const of = (subject) => route.issue({ subject, claims: { org: "org_1" } });
    const [first, second, other] = [of("user_1"), of("user_1"), of("user_2")];
    const expectNext = async ({ credential }, status, error) => {
      const answer = await call(route, credential);
      assert.deepEqual([answer.status, answer.body.error], [status, error]);
      return answer.body.binding;
    };
    for (let index = 0; index < 3; index += 1) await expectNext(first, 200);
    assert.equal((await expectNext(first, 429, "budget_exceeded")).limitCents, 30, "the key's own cap");
    await expectNext(second, 200);
    assert.equal((await expectNext(second, 429, "budget_exceeded")).ancestor, true, "the user's");
    await expectNext(other, 200);
    assert.equal((await expectNext(other, 429, "budget_exceeded")).ancestor, true, "the organisation's");
    const late = await expectNext(of("user_3"), 429, "budget_exceeded");
    assert.equal(late.ancestor, true, "who comes when nothing is left");
    const chain = await route.ak.budgets({ subject: other.id });
    assert.deepEqual(
      chain.map(({ limitCents, usedCents }) => [limitCents, usedCents]),
      [
        [50, 50],
        [40, 10],
        [30, 10],
      ],
    );
    assert.deepEqual(route.codes(), []);
  },
);

onEveryStore(
  "a parent that is there is named by a ref; a subject alone is made without a cap, with a notice",
  async (t, adapter, store) => {
    const route = await opened(t, adapter, store, { defaults: DEFAULTS, parent: ({ claims }) => claims.above });
    await route.ak.ensureSubject("org_1", { budgetCents: 5 });
    const [{ id }] = await route.ak.budgets({ subject: "org_1" });
    for (const [subject, above, length, codes] of [
      ["user_1", { id }, 2, []],
      ["user_2", { subject: "org_1" }, 2, []],
      ["user_3", { subject: "org_2" }, 2, ["unbounded_subject"]],
      ["user_4", undefined, 1, ["unbounded_subject"]],
    ]) {
      const { credential } = route.issue({ subject, claims: { above } });
      assert.equal((await call(route, credential)).status, 200);
      assert.equal((await route.ak.budgets({ subject })).length, length, subject);
      assert.deepEqual(route.codes(), codes, subject);
    }
  },
);

onEveryStore("a parent that onFirstSeen names goes before `parent`, which is not asked", async (t, adapter, store) => {
  const parent = () => {
    throw new Error("asked");
  };
  const onFirstSeen = () => ({ budgetCents: 5, parent: { subject: "org_1" } });
  const route = await opened(t, adapter, store, { onFirstSeen, parent });
  await route.ak.ensureSubject("org_1", { budgetCents: 9 });
  assert.equal((await call(route, route.issue().credential)).status, 200);
  const caps = (await route.ak.budgets({ subject: "user_1" })).map(({ limitCents }) => limitCents);
  assert.deepEqual(caps, [9, 5]);
});

onEveryStore("a parent that is nowhere: 500 and no row", async (t, adapter, store) => {
  const route = await opened(t, adapter, store, { defaults: DEFAULTS, parent: () => ({ id: 99 }) });
  assert.equal((await call(route, route.issue().credential)).status, 500);
  assert.deepEqual([route.ran, route.counts.written], [0, 0]);
});

onEveryStore("nobody is above himself: the row keeps its own cap", async (t, adapter, store) => {
  const parent = ({ subject }) => ({ subject });
  const route = await opened(t, adapter, store, { defaults: { budgetCents: 10 }, parent, reserve: 10 });
  const { credential } = route.issue();
  assert.equal((await call(route, credential)).status, 200);
  assert.equal((await call(route, credential)).status, 429);
  assert.deepEqual(
    (await route.ak.budgets({ subject: "user_1" })).map(({ limitCents }) => limitCents),
    [10],
  );
});

onEveryStore("parents in a circle: 500 and no row", async (t, adapter, store) => {
  const parent = ({ subject }) => ({ subject: "org_1", parent: { subject, parent: { subject: "org_1" } } });
  const route = await opened(t, adapter, store, { defaults: DEFAULTS, parent });
  assert.equal((await call(route, route.issue().credential)).status, 500);
  assert.deepEqual([route.ran, route.counts.written], [0, 0]);
});

for (const reason of ["revoked", "expired"]) {
  onEveryStore(
    `below an organisation that is ${reason} a new subject is told what the others are`,
    async (t, adapter, store) => {
      const time = { now: Date.now() };
      const clocks = { clock: () => time.now, stubClock: () => time.now };
      // From the nearest up: each name is above the one before it.
      const parent = ({ claims }) =>
        claims.above.reduceRight((above, subject) => ({ subject, parent: above }), undefined);
      const route = await opened(t, adapter, store, { defaults: DEFAULTS, parent, reserve: 1 }, clocks);
      await route.ak.ensureSubject("group", { expiresIn: "1m" });
      await route.ak.ensureSubject("org_1", { parent: { subject: "group" } });
      const user = (subject, ...above) => route.issue({ subject, claims: { above } }).credential;
      const old = user("user_1", "org_1", "group");
      assert.equal((await call(route, old)).status, 200);
      if (reason === "expired") time.now += 61_000;
      else await route.ak.revoke((await route.ak.budgets({ subject: "group" }))[0].id);
      const news = [user("user_2", "group"), user("user_3", "org_1", "group"), user("user_4", "org_2", "group")];
      for (const credential of [old, ...news]) {
        assert.deepEqual(await call(route, credential), { status: 401, body: { error: `ancestor_${reason}` } });
      }
      assert.equal(route.ran, 1);
      for (const subject of ["user_2", "user_3", "user_4", "org_2"]) {
        assert.equal(await figuresOf(route.ak, subject), undefined, subject);
      }
    },
  );
}

onEveryStore("the scopes of the row count, not those of the credential", async (t, adapter, store) => {
  const route = await opened(t, adapter, store, { defaults: { scopes: ["read"], budgetCents: 9 }, scope: "write" });
  const { status, body } = await call(route, route.issue({ scopes: ["write", "admin"] }).credential);
  assert.deepEqual([status, body], [403, { error: "insufficient_scope", required: "write", available: ["read"] }]);
  const readers = await route.serve({ scope: "read" });
  assert.equal((await call(route, route.issue({ scopes: [] }).credential, { server: readers })).status, 200);
});

for (const [name, subject] of [
  ["empty", ""],
  ["10 kB", "u".repeat(10_240)],
  ["of one byte too many", "u".repeat(SUBJECT_BYTES_MAX + 1)],
  ["with a NUL", "user\0"],
]) {
  onEveryStore(`a subject that is ${name}: refused, and no row`, async (t, adapter, store) => {
    for (const reserve of [undefined, 1]) {
      const route = await opened(t, adapter, store, { defaults: DEFAULTS, reserve });
      const { status, body } = await call(route, route.issue({ subject }).credential);
      assert.deepEqual([status, body], [subject === "" ? 503 : 500, { error: "auth_unavailable" }]);
      assert.deepEqual([route.ran, route.counts.written], [0, 0]);
      assert.ok(route.notices.every(({ message }) => message.length < 500));
    }
  });
}

onEveryStore("subjects with slashes, dots, quotes, a space, and of the greatest length", async (t, adapter, store) => {
  const route = await opened(t, adapter, store, { defaults: { budgetCents: 10 }, reserve: 10 });
  const subjects = [
    "org/user",
    "/",
    "..",
    "a'; DROP TABLE keys; --",
    "a b",
    "__proto__",
    "ü".repeat(SUBJECT_BYTES_MAX / 2),
  ];
  for (const subject of subjects) {
    const { credential } = route.issue({ subject });
    assert.equal((await call(route, credential)).status, 200, subject);
    assert.equal((await call(route, credential)).status, 429, subject);
    assert.equal((await figuresOf(route.ak, subject)).usedCents, 10, subject);
  }
});

onEveryStore("claims with __proto__ are claims, and change no object", async (t, adapter, store) => {
  const claims = JSON.parse('{"__proto__": {"budgetCents": 1, "polluted": true}, "constructor": {"x": 1}}');
  const grants = [];
  const onFirstSeen = (verified) => {
    grants.push(verified);
    return { ...verified.claims };
  };
  const route = await opened(t, adapter, store, { onFirstSeen });
  const { status, body } = await call(route, route.issue({ claims }).credential);
  assert.equal(status, 200);
  assert.equal({}.polluted, undefined);
  const [{ claims: seen }] = grants;
  assert.deepEqual([seen.polluted, Object.getPrototypeOf(seen)], [undefined, Object.prototype]);
  assert.equal(Object.getOwnPropertyDescriptor(seen, "__proto__").value.polluted, true);
  assert.equal(body.agentKey.budgetCents, null);
});

onEveryStore(
  "two processes see many users of a new organisation at once: one row each, and the organisation's cap holds",
  async (t, adapter, store) => {
    const users = 60;
    const parent = () => ({ subject: "org/1", budgetCents: 50 });
    const route = await opened(t, adapter, store, { defaults: { budgetCents: 2 }, parent, reserve: 1 });
    const others = await route.serve({ ak: new AgentKey({ store: route.store }) });
    const credentials = Array.from({ length: users }, (_, user) => route.issue({ subject: `user_${user}` }).credential);
    const answers = await Promise.all(
      credentials.flatMap((credential) => [call(route, credential), call(route, credential, { server: others })]),
    );
    const count = (status) => answers.filter((answer) => answer.status === status).length;
    assert.deepEqual([count(200), count(429)], [50, 2 * users - 50]);
    const [{ id }] = await route.ak.budgets({ subject: "org/1" });
    const tree = await route.ak.subtree({ id });
    assert.equal(tree.length, users + 1);
    assert.ok(tree.every(({ depth }) => depth <= 1));
    assert.equal((await figuresOf(route.ak, "org/1")).usedCents, 50);
  },
);

onEveryStore(
  "1,000 first requests of a new subject at once: one row, one question, one onFirstSeen, and the cap holds",
  async (t, adapter, store) => {
    let seen = 0;
    const onFirstSeen = () => {
      seen += 1;
      return { budgetCents: 600 };
    };
    const route = await opened(t, adapter, store, { onFirstSeen, reserve: 1 });
    const { credential } = route.issue();
    const answers = await Promise.all(Array.from({ length: FIRST_REQUESTS }, () => call(route, credential)));
    const count = (status) => answers.filter((answer) => answer.status === status).length;
    assert.deepEqual([count(200), count(429)], [600, 400]);
    assert.deepEqual([route.ran, seen, route.verifies()], [600, 1, 1]);
    const [{ id }] = await route.ak.budgets({ subject: "user_1" });
    assert.equal(id, 1, "no id was given before");
    assert.equal((await route.ak.subtree({ id })).length, 1);
  },
  { alone: true },
);

// The money of a request behind a door of Clerk's, over HTTP: held, settled, given back, and kept in step with a plan.
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { begin, until } from "../http/client.mjs";
import { figuresOf, onEveryStore, openRoute } from "./guarded-route.mjs";

const T0 = Date.parse("2026-01-31T12:00:00.000Z");
const MINUTE_MS = 60_000;
const CAP = { budgetCents: 1_000 };

/** One route with 100 held for each request. */
const holding = (t, adapter, store, { handle, ...options }) =>
  openRoute(t, adapter, { store, handle, options: { reserve: 100, defaults: CAP, ...options } });

async function untilUsed(route, usedCents, heldCents = 0) {
  const expected = { usedCents, heldCents };
  const isThere = async () => {
    const { usedCents: used, heldCents: held } = (await figuresOf(route.ak, "user_1")) ?? {};
    return used === usedCents && held === heldCents;
  };
  await until(isThere, JSON.stringify(expected));
}

for (const [name, handle, options, status, usedCents] of [
  ["settles less, in fractions", async ({ hold }) => void (await hold.settle(12.25)), {}, 200, 12.25],
  ["settles more", async ({ hold }) => void (await hold.settle(130)), {}, 200, 130],
  ["releases", async ({ hold }) => void (await hold.release()), {}, 200, 0],
  ["leaves it open", () => {}, {}, 200, 100],
  ["leaves it open at 503", () => ({ status: 503 }), {}, 503, 0],
  ["leaves it open, unsettled: release", () => {}, { unsettled: "release" }, 200, 0],
  ["leaves it open, unsettled tells an amount", () => {}, { unsettled: () => 33 }, 200, 33],
  [
    "was asked for by a function",
    ({ hold }) => ({ body: { held: hold.costCents } }),
    { reserve: async () => 40 },
    200,
    40,
  ],
]) {
  onEveryStore(`a hold that the handler ${name}`, async (t, adapter, store) => {
    const route = await holding(t, adapter, store, { handle, ...options });
    assert.equal((await route.send(route.issue().credential)).status, status);
    await untilUsed(route, usedCents);
    assert.deepEqual(route.codes(), []);
  });
}

onEveryStore("a handler that throws: released", async (t, adapter, store) => {
  const handle = () => {
    throw new Error("broken");
  };
  const route = await holding(t, adapter, store, { handle });
  assert.equal((await route.send(route.issue().credential)).status, 500);
  await untilUsed(route, 0);
});

onEveryStore("a hold in a stream is extended until the last of it", async (t, adapter, store) => {
  async function* slowly() {
    for (let part = 0; part < 4; part += 1) {
      await sleep(400);
      yield "part";
    }
  }
  const route = await holding(t, adapter, store, { handle: () => ({ body: slowly() }), ttl: "1s" });
  assert.equal((await route.send(route.issue().credential)).status, 200);
  await untilUsed(route, 100);
});

for (const [onAbort, used, held] of [
  ["keep", 0, 100],
  ["settle", 100, 0],
  ["release", 0, 0],
]) {
  onEveryStore(`the client leaves, onAbort: ${onAbort}`, async (t, adapter, store) => {
    let outgoing;
    const handle = async ({ gone }) => {
      outgoing.destroy();
      await gone;
    };
    const route = await holding(t, adapter, store, { handle, onAbort });
    outgoing = begin(route.server, { key: route.issue().credential });
    outgoing.on("error", () => {});
    await untilUsed(route, used, held);
  });
}

onEveryStore(
  "the client leaves while Clerk is asked: no handler runs, and nothing stays held",
  async (t, adapter, store) => {
    const route = await holding(t, adapter, store, {});
    const held = route.stub.fail("held", { times: 1 });
    const { credential } = route.issue();
    const outgoing = begin(route.server, { key: credential });
    outgoing.on("error", () => {});
    await held.caught;
    outgoing.destroy();
    // The server must have seen it before Clerk answers.
    await sleep(100);
    held.release();
    await until(async () => (await figuresOf(route.ak, "user_1")) !== undefined, "the row is there");
    await untilUsed(route, 0);
    await sleep(50);
    assert.equal(route.ran, 0);
    assert.equal((await route.send(credential)).status, 200, "who stays is served");
  },
);

const idOf = async ({ ak }) => (await ak.budgets({ subject: "user_1" })).at(-1).id;

onEveryStore("the row is revoked between Clerk's word and the hold: no handler runs", async (t, adapter, store) => {
  const late = async () => {
    await route.ak.revoke(await idOf(route));
    return 10;
  };
  const route = await holding(t, adapter, store, { reserve: late });
  const { status, body, headers } = await route.send(route.issue().credential);
  assert.deepEqual([status, body], [401, { error: "revoked" }]);
  assert.equal(headers["www-authenticate"], 'Bearer error="invalid_token"');
  assert.equal(route.ran, 0);
  await untilUsed(route, 0);
});

onEveryStore("the row is revoked while the handler works: what it settles is recorded", async (t, adapter, store) => {
  const handle = async ({ hold }) => {
    await route.ak.revoke(await idOf(route));
    return { body: await hold.settle(70) };
  };
  const route = await holding(t, adapter, store, { handle });
  const { credential } = route.issue();
  const { status, body } = await route.send(credential);
  assert.deepEqual([status, body.success, body.costCents], [200, true, 70]);
  await untilUsed(route, 70);
  assert.equal((await route.send(credential)).status, 401, "the next is refused");
  await untilUsed(route, 70);
});

onEveryStore(
  "the credential is revoked at Clerk while the handler works: what it settles is recorded",
  async (t, adapter, store) => {
    const handle = async ({ hold, verified }) => {
      route.stub.revokeApiKey(verified.id);
      return { body: await hold.settle(70) };
    };
    const route = await holding(t, adapter, store, { handle, cacheTtl: 0 });
    const { credential } = route.issue();
    assert.equal((await route.send(credential)).status, 200);
    assert.equal((await route.send(credential)).status, 401);
    await untilUsed(route, 70);
  },
);

onEveryStore("over its own cap: 429 with the binding, and RateLimit with headers: true", async (t, adapter, store) => {
  const defaults = { budgetCents: 150, budgetPeriod: "hour" };
  const route = await holding(t, adapter, store, { defaults, headers: true });
  const { credential } = route.issue();
  const first = await route.send(credential);
  assert.equal(first.headers["ratelimit-policy"], '"budget";q=150;qu="cents";w=3600');
  await untilUsed(route, 100);
  const { status, body, headers } = await route.send(credential);
  assert.deepEqual([status, body.error, body.binding.limitCents], [429, "budget_exceeded", 150]);
  assert.match(headers["retry-after"], /^3\d{3}$/);
});

const PLANS = {
  free: { budgetCents: 100 },
  pro: { budgetCents: 300, budgetPeriod: "day" },
  team: { budgetCents: 300, budgetPeriod: undefined },
};

/** A route whose caps follow the plan in the claims; `claims` may be changed while it runs. */
async function planned(t, adapter, store, options = {}) {
  const time = { now: T0 };
  const asked = [];
  const syncBudget = ({ claims }) => {
    asked.push(claims.plan);
    return PLANS[claims.plan];
  };
  const route = await openRoute(t, adapter, {
    store,
    options: { syncBudget, reserve: 100, ...options },
    clock: () => time.now,
    stubClock: () => time.now,
  });
  const claims = { plan: "free" };
  const { credential } = route.issue({ claims });
  const statusOf = async () => (await route.send(credential)).status;
  return Object.assign(route, { time, asked, claims, credential, statusOf });
}

onEveryStore(
  "syncBudget: a new row gets the plan's cap, and a raised plan lifts it at the next word of Clerk's",
  async (t, adapter, store) => {
    const route = await planned(t, adapter, store);
    assert.equal(await route.statusOf(), 200);
    assert.equal(await route.statusOf(), 429);
    assert.deepEqual(await figuresOf(route.ak, "user_1"), {
      limitCents: 100,
      usedCents: 100,
      heldCents: 0,
      period: null,
    });
    route.claims.plan = "pro";
    assert.equal(await route.statusOf(), 429, "Clerk has not been asked since");
    route.time.now += MINUTE_MS;
    assert.equal(await route.statusOf(), 200, "the budget was spent, and is no more");
    const { limitCents, period } = await figuresOf(route.ak, "user_1");
    assert.deepEqual({ limitCents, period }, { limitCents: 300, period: "day" });
    assert.deepEqual(route.codes(), []);
  },
);

onEveryStore("syncBudget goes before the caps of defaults and onFirstSeen", async (t, adapter, store) => {
  for (const options of [{ defaults: { budgetCents: 5 } }, { onFirstSeen: () => ({ budgetCents: 5 }) }]) {
    const route = await planned(t, adapter, store, options);
    assert.equal(await route.statusOf(), 200);
    assert.equal((await figuresOf(route.ak, "user_1")).limitCents, 100);
  }
});

onEveryStore("syncBudget: a lowered plan lowers the cap, and what was spent stays", async (t, adapter, store) => {
  const route = await planned(t, adapter, store);
  route.claims.plan = "pro";
  assert.deepEqual([await route.statusOf(), await route.statusOf()], [200, 200]);
  route.claims.plan = "free";
  route.time.now += MINUTE_MS;
  assert.equal(await route.statusOf(), 429);
  const { limitCents, usedCents } = await figuresOf(route.ak, "user_1");
  assert.deepEqual({ limitCents, usedCents }, { limitCents: 100, usedCents: 200 });
});

for (const plan of ["pro", "team"]) {
  onEveryStore(
    `syncBudget: asked once a word of Clerk's, and nothing is written where nothing differs (${plan})`,
    async (t, adapter, store) => {
      const route = await planned(t, adapter, store, { reserve: undefined });
      route.claims.plan = plan;
      await Promise.all(Array.from({ length: 10 }, () => route.statusOf()));
      assert.equal(route.asked.length, 1);
      await route.ak.close();
      const written = route.counts.written;
      for (let index = 0; index < 10; index += 1) await route.statusOf();
      assert.equal(route.asked.length, 1);
      route.time.now += MINUTE_MS;
      for (let index = 0; index < 10; index += 1) await route.statusOf();
      assert.equal(route.asked.length, 2);
      await route.ak.close();
      assert.equal(route.counts.written, written);
    },
  );
}

onEveryStore("syncBudget: an edit by hand lasts until Clerk's next word", async (t, adapter, store) => {
  const route = await planned(t, adapter, store);
  assert.equal(await route.statusOf(), 200);
  await route.ak.setBudget({ subject: "user_1" }, { budgetCents: 200 });
  assert.equal(await route.statusOf(), 200);
  route.time.now += MINUTE_MS;
  assert.equal(await route.statusOf(), 429);
});

onEveryStore("syncBudget: what it leaves out hides no cap", async (t, adapter, store) => {
  const syncBudget = () => ({ budgetCents: undefined, budgetPeriod: "day" });
  const route = await planned(t, adapter, store, { syncBudget, defaults: { budgetCents: 100 } });
  assert.deepEqual([await route.statusOf(), await route.statusOf()], [200, 429]);
  const { limitCents, period } = await figuresOf(route.ak, "user_1");
  assert.deepEqual({ limitCents, period }, { limitCents: 100, period: "day" });
});

onEveryStore("syncBudget that gives nothing leaves the row as it is", async (t, adapter, store) => {
  const route = await planned(t, adapter, store, { defaults: { budgetCents: 200 } });
  route.claims.plan = "unknown";
  assert.deepEqual([await route.statusOf(), await route.statusOf(), await route.statusOf()], [200, 200, 429]);
});

onEveryStore("syncBudget that gives null leaves it too", async (t, adapter, store) => {
  const route = await planned(t, adapter, store, { syncBudget: () => null, defaults: { budgetCents: 100 } });
  assert.deepEqual([await route.statusOf(), await route.statusOf()], [200, 429]);
});

onEveryStore("syncBudget that throws: 500, and the next request asks again", async (t, adapter, store) => {
  let isBroken = true;
  const syncBudget = () => {
    if (isBroken) throw new Error("no prices");
    return PLANS.free;
  };
  const route = await planned(t, adapter, store, { syncBudget });
  assert.equal(await route.statusOf(), 500);
  assert.deepEqual([route.ran, route.counts.written], [0, 0]);
  isBroken = false;
  assert.equal(await route.statusOf(), 200);
});

onEveryStore("syncBudget below a parent: the row's own cap moves, its parent's stays", async (t, adapter, store) => {
  const parent = () => ({ subject: "org_1", budgetCents: 200 });
  const route = await planned(t, adapter, store, { parent });
  assert.equal(await route.statusOf(), 200);
  route.claims.plan = "pro";
  route.time.now += MINUTE_MS;
  assert.deepEqual([await route.statusOf(), await route.statusOf()], [200, 429]);
  const caps = (await route.ak.budgets({ subject: "user_1" })).map(({ limitCents }) => limitCents);
  assert.deepEqual(caps, [200, 300]);
});

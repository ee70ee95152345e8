// One request's money: what the handler decides stands, and what it leaves open is decided for it.
import assert from "node:assert/strict";
import { onEvery, serve } from "./adapters.mjs";
import { newKeys, send, untilBudget } from "./client.mjs";

/** One call on a cap of 1,000 with 100 reserved; then `used` cents are spent and none is held. */
async function check(t, adapter, { options = {}, handle, status, used, codes = [] }) {
  const { ak, notices } = newKeys();
  const { key } = await ak.create({ accountId: "acme", budgetCents: 1_000 });
  const server = await serve(t, adapter, { ak, options: { reserve: 100, ...options }, handle });
  const answer = await send(server, { method: "POST", key });
  assert.equal(answer.status, status);
  await untilBudget(ak, key, { usedCents: used, heldCents: 0 });
  assert.deepEqual(notices, codes);
  return answer;
}

onEvery("the handler settles less, in fractions", (t, adapter) =>
  check(t, adapter, {
    handle: async ({ hold }) => {
      const settled = await hold.settle(12.25, { metadata: { model: "small" } });
      assert.deepEqual(settled, { success: true, costCents: 12.25, overdraftCents: 0, late: false });
    },
    status: 200,
    used: 12.25,
  }),
);

onEvery("the handler settles more than was held", (t, adapter) =>
  check(t, adapter, {
    handle: async ({ hold }) => {
      await hold.settle(130);
    },
    status: 200,
    used: 130,
  }),
);

onEvery("the handler settles twice: the first stands", (t, adapter) =>
  check(t, adapter, {
    handle: async ({ hold }) => {
      const first = await hold.settle(30);
      assert.deepEqual(await hold.settle(70), first);
      assert.equal((await hold.release()).reason, "hold_settled");
    },
    status: 200,
    used: 30,
  }),
);

onEvery("the handler releases", (t, adapter) =>
  check(t, adapter, {
    handle: async ({ hold }) => {
      assert.deepEqual(await hold.release(), { success: true, releasedCents: 100 });
    },
    status: 200,
    used: 0,
  }),
);

onEvery("the handler settles after it released: charged, late", (t, adapter) =>
  check(t, adapter, {
    handle: async ({ hold }) => {
      await hold.release();
      assert.equal((await hold.settle(40)).late, true);
    },
    status: 200,
    used: 40,
  }),
);

onEvery("the handler settles and does not wait for it", (t, adapter) =>
  check(t, adapter, {
    handle: ({ hold }) => {
      void hold.settle(20);
    },
    status: 200,
    used: 20,
  }),
);

onEvery("the handler settles nonsense: refused, and the reserved amount is settled", (t, adapter) =>
  check(t, adapter, {
    handle: async ({ hold }) => {
      for (const nonsense of [Number.NaN, -1, "5", 5n, undefined]) {
        assert.equal((await hold.settle(nonsense)).reason, "invalid_cost");
      }
    },
    status: 200,
    used: 100,
  }),
);

for (const status of [200, 204, 302, 404, 499]) {
  onEvery(`left open at ${status}: the reserved amount is settled`, (t, adapter) =>
    check(t, adapter, { handle: () => ({ status }), status, used: 100 }),
  );
}

for (const status of [500, 503]) {
  onEvery(`left open at ${status}: released`, (t, adapter) =>
    check(t, adapter, { handle: () => ({ status }), status, used: 0 }),
  );
}

onEvery("a handler that throws: released", (t, adapter) =>
  check(t, adapter, {
    handle: () => {
      throw new Error("broken");
    },
    status: 500,
    used: 0,
  }),
);

onEvery("a handler that rejects later: released", (t, adapter) =>
  check(t, adapter, {
    handle: async () => {
      await new Promise((resolve) => setTimeout(resolve, 20));
      throw new Error("broken");
    },
    status: 500,
    used: 0,
  }),
);

onEvery("a handler that settles and then throws: what it settled stands", (t, adapter) =>
  check(t, adapter, {
    handle: async ({ hold }) => {
      await hold.settle(60);
      throw new Error("broken");
    },
    status: 500,
    used: 60,
  }),
);

onEvery("work that goes on behind an answer of 503: its settle is charged", (t, adapter) =>
  check(t, adapter, {
    handle: ({ hold }) => {
      setTimeout(() => hold.settle(80), 50);
      return { status: 503 };
    },
    status: 503,
    used: 80,
  }),
);

for (const [unsettled, used, status, codes = []] of [
  ["settle", 100, 500],
  ["release", 0, 200],
  [() => "release", 0, 200],
  [() => "settle", 100, 500],
  [() => 33.5, 33.5, 200],
  [(status) => status, 404, 404],
  [() => Number.NaN, 100, 200, ["unsettled_failed"]],
  [() => undefined, 100, 500, ["unsettled_failed"]],
  [
    () => {
      throw new Error("undecided");
    },
    100,
    200,
    ["unsettled_failed"],
  ],
]) {
  onEvery(`unsettled: ${unsettled}, at ${status}`, (t, adapter) =>
    check(t, adapter, { options: { unsettled }, handle: () => ({ status }), status, used, codes }),
  );
}

onEvery("reserve may be a function of the request, also an asynchronous one", async (t, adapter) => {
  const centsOf = ({ header }) => Number(header("x-cents"));
  for (const reserve of [centsOf, async (asked) => centsOf(asked)]) {
    const { ak } = newKeys();
    const { key } = await ak.create({ accountId: "acme", budgetCents: 1_000 });
    const handle = ({ hold }) => ({ body: { held: hold.costCents } });
    const server = await serve(t, adapter, { ak, options: { reserve }, handle });
    const headers = { "x-cents": "12.5", authorization: `Bearer ${key}` };
    assert.deepEqual((await send(server, { headers })).body, { held: 12.5 });
  }
});

onEvery("reserve: 0 holds nothing and still lets the handler settle", (t, adapter) =>
  check(t, adapter, {
    options: { reserve: 0 },
    handle: async ({ hold }) => {
      assert.equal(hold.costCents, 0);
      await hold.settle(5);
    },
    status: 200,
    used: 5,
  }),
);

for (const [name, options] of Object.entries({
  throws: {
    reserve: () => {
      throw new Error("no price");
    },
  },
  rejects: { reserve: () => Promise.reject(new Error("no price")) },
  "gives NaN": { reserve: () => Number.NaN },
  "gives Infinity": { reserve: () => Number.POSITIVE_INFINITY },
  "gives nothing": { reserve: () => undefined },
  "gives a text": { reserve: () => "5" },
  "gives a BigInt": { reserve: () => 5n },
  "is negative": { reserve: -5 },
  "is out of range": { reserve: 1e300 },
  "has a ttl that is none": { reserve: 5, ttl: "soon" },
  "has a ttl that is too short": { reserve: 5, ttl: 1 },
})) {
  onEvery(`a reserve that ${name}: 500, and the handler does not run`, async (t, adapter) => {
    const answer = await check(t, adapter, {
      options,
      handle: () => ({ status: 418 }),
      status: 500,
      used: 0,
      codes: ["auth_unavailable"],
    });
    assert.deepEqual(answer.body, { error: "auth_unavailable" });
  });
}

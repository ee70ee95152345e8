// Every row of the documented HTTP table that an adapter answers, on real requests.
import assert from "node:assert/strict";
import { onEvery, serve } from "./adapters.mjs";
import { newKeys, send } from "./client.mjs";

const START = Date.parse("2026-01-31T12:00:00.000Z");
const HOUR_MS = 3_600_000;

/** One route over keys whose clock stands still; `arrange` gives the secret to send. */
async function check(t, adapter, { arrange, options = {}, at = START, status, headers = {}, body, ran = false }) {
  let now = START;
  const { ak, store } = newKeys({ clock: () => now });
  const key = await arrange(ak, store);
  now = at;
  let didRun = false;
  const handle = () => {
    didRun = true;
    return { body: {} };
  };
  const server = await serve(t, adapter, { ak, options, handle });
  const answer = await send(server, { key });
  assert.equal(answer.status, status);
  if (body !== undefined) assert.deepEqual(answer.body, body);
  for (const [name, value] of Object.entries(headers)) assert.equal(answer.headers[name], value, name);
  assert.equal(didRun, ran, "whether the handler ran");
}

const keyOf = async (ak, options) => (await ak.create({ accountId: "acme", ...options })).key;
const invalid = { "www-authenticate": 'Bearer error="invalid_token"' };

onEvery("no bearer", (t, adapter) =>
  check(t, adapter, {
    arrange: () => undefined,
    status: 401,
    body: { error: "Missing API key" },
    headers: { "www-authenticate": "Bearer" },
  }),
);

onEvery("an unknown key", (t, adapter) =>
  check(t, adapter, { arrange: () => "ak_nobody", status: 401, body: { error: "invalid" }, headers: invalid }),
);

onEvery("a revoked key", (t, adapter) =>
  check(t, adapter, {
    arrange: async (ak) => {
      const { key, id } = await ak.create({ accountId: "acme" });
      await ak.revoke(id);
      return key;
    },
    status: 401,
    body: { error: "revoked" },
    headers: invalid,
  }),
);

onEvery("a key at the instant of its expiry", (t, adapter) =>
  check(t, adapter, {
    arrange: (ak) => keyOf(ak, { expiresIn: "1h" }),
    at: START + HOUR_MS,
    status: 401,
    body: { error: "expired" },
    headers: invalid,
  }),
);

for (const [error, parent] of [
  ["ancestor_revoked", {}],
  ["ancestor_expired", { expiresIn: "1h" }],
]) {
  onEvery(`a child whose parent has ended: ${error}`, (t, adapter) =>
    check(t, adapter, {
      arrange: async (ak) => {
        const { id, expiresAt } = await ak.create({ accountId: "acme", ...parent });
        const key = await keyOf(ak, { parent: { id }, expiresIn: expiresAt === null ? null : "2h" });
        if (expiresAt === null) await ak.revoke(id);
        return key;
      },
      at: START + HOUR_MS,
      status: 401,
      headers: invalid,
    }),
  );
}

for (const phase of ["validate", "reserve"]) {
  const spend = phase === "validate" ? 10 : 1;
  const options = phase === "validate" ? {} : { reserve: 10 };
  const figures = { limitCents: 10, usedCents: spend, heldCents: 0, requestedCents: phase === "validate" ? 0 : 10 };

  onEvery(`over the caller's own budget, at ${phase}`, (t, adapter) =>
    check(t, adapter, {
      arrange: async (ak) => {
        const key = await keyOf(ak, { budgetCents: 10, budgetPeriod: "hour" });
        await ak.trackUsage(key, { costCents: spend });
        return key;
      },
      options,
      at: START + 1_500,
      status: 429,
      headers: { "retry-after": "3599" },
      body: {
        error: "budget_exceeded",
        binding: {
          id: 1,
          path: "1",
          ...figures,
          period: "hour",
          windowStart: new Date(START).toISOString(),
          resetAt: new Date(START + HOUR_MS).toISOString(),
        },
      },
    }),
  );

  onEvery(`over an ancestor's budget, whose figures stay private, at ${phase}`, (t, adapter) =>
    check(t, adapter, {
      arrange: async (ak) => {
        const { id } = await ak.create({ accountId: "acme", budgetCents: 10, budgetPeriod: "hour" });
        const key = await keyOf(ak, { parent: { id } });
        await ak.trackUsage(key, { costCents: spend });
        return key;
      },
      options,
      status: 429,
      headers: { "retry-after": "3600" },
      body: {
        error: "budget_exceeded",
        binding: {
          ancestor: true,
          period: "hour",
          resetAt: new Date(START + HOUR_MS).toISOString(),
          requestedCents: figures.requestedCents,
        },
      },
    }),
  );
}

onEvery("over a budget that never starts again", (t, adapter) =>
  check(t, adapter, {
    arrange: (ak) => keyOf(ak, { budgetCents: 0 }),
    status: 429,
    headers: { "retry-after": undefined },
  }),
);

onEvery("a scope that the key lacks", (t, adapter) =>
  check(t, adapter, {
    arrange: (ak) => keyOf(ak, { scopes: ["read"] }),
    options: { scope: "write", reserve: 1 },
    status: 403,
    body: { error: "insufficient_scope", required: "write", available: ["read"] },
    headers: { "www-authenticate": 'Bearer error="insufficient_scope", scope="write"' },
  }),
);

onEvery("a scope that no header can carry", (t, adapter) =>
  check(t, adapter, {
    arrange: (ak) => keyOf(ak, { scopes: [] }),
    options: { scope: 'a"\r\nb' },
    status: 403,
    headers: { "www-authenticate": 'Bearer error="insufficient_scope"' },
  }),
);

onEvery("a store that fails", (t, adapter) =>
  check(t, adapter, {
    arrange: async (ak) => {
      const key = await keyOf(ak, {});
      ak.validate = () => Promise.reject(new Error("connection lost"));
      return key;
    },
    status: 500,
    body: { error: "auth_unavailable" },
  }),
);

onEvery("a good key, with its budget in the headers", (t, adapter) =>
  check(t, adapter, {
    arrange: (ak) => keyOf(ak, { budgetCents: 100, budgetPeriod: "day", scopes: ["read"] }),
    options: { scope: "read", reserve: 10.5, headers: true },
    status: 200,
    headers: { "ratelimit-policy": '"budget";q=100;qu="cents";w=86400', ratelimit: '"budget";r=89;t=86400' },
    ran: true,
  }),
);

onEvery("a key without a cap has no figures to show", (t, adapter) =>
  check(t, adapter, {
    arrange: (ak) => keyOf(ak, {}),
    options: { headers: true },
    status: 200,
    headers: { "ratelimit-policy": undefined, ratelimit: undefined },
    ran: true,
  }),
);

// The routes that hand out keys: what the original let through and these do not.
import assert from "node:assert/strict";
import { test } from "node:test";
import { createAgentKeyRoutes } from "keyrail/express";
import { newKeys, onBoth, send, serve } from "./server.mjs";

const START = Date.parse("2026-01-31T12:00:00.000Z");
const DAY_MS = 86_400_000;

/** The routes below a path of the app, over keys whose clock stands still. */
async function start(t, express, options = {}) {
  const { ak, notices } = newKeys({ clock: () => START });
  const server = await serve(t, express, (app) => {
    app.use("/api", express.json(), createAgentKeyRoutes(ak, options));
  });
  const ask = (method, path, { key, json } = {}) => send(server, { method, path: `/api${path}`, key, json });
  return { ak, ask, notices };
}

onBoth("a minted key lives and spends within its parent", async (t, express) => {
  const { ak, ask } = await start(t, express);
  const parent = await ak.create({ accountId: "acme", budgetCents: 100 });
  const mint = () => ask("POST", "/sdk-keys", { key: parent.key, json: { budget_cents: 100 } });
  const children = [await mint(), await mint()];
  for (const { status, body } of children) assert.deepEqual([status, body.parentId], [201, parent.id]);
  const charges = [];
  for (const { body } of children) charges.push((await ak.trackUsage(body.key, { costCents: 80 })).success);
  assert.deepEqual(charges, [true, false], "two children share the parent's cap");
  assert.deepEqual((await ask("DELETE", `/sdk-keys/${parent.id}`, { key: parent.key })).body, { revoked: true });
  assert.equal((await ask("GET", "/sdk-keys/me", { key: children[0].body.key })).body.error, "ancestor_revoked");
});

onBoth("no more than eight levels", async (t, express) => {
  const { ak, ask } = await start(t, express);
  let { key } = await ak.create({ accountId: "acme" });
  const statuses = [];
  for (let level = 1; level <= 9; level++) {
    const { status, body } = await ask("POST", "/sdk-keys", { key, json: {} });
    statuses.push(status);
    key = body.key;
  }
  assert.deepEqual(statuses, [201, 201, 201, 201, 201, 201, 201, 201, 400]);
});

onBoth("mintScope and revokeScope", async (t, express) => {
  const { ak, ask } = await start(t, express, { mintScope: "mint", revokeScope: "revoke" });
  const reader = await ak.create({ accountId: "acme", scopes: ["read"] });
  const owner = await ak.create({ accountId: "acme", scopes: ["mint", "revoke"] });
  assert.deepEqual((await ask("POST", "/sdk-keys", { key: reader.key, json: {} })).body, {
    error: "insufficient_scope",
    required: "mint",
    available: ["read"],
  });
  assert.equal((await ask("DELETE", `/sdk-keys/${owner.id}`, { key: reader.key })).status, 403);
  assert.equal((await ask("POST", "/sdk-keys", { key: owner.key, json: {} })).status, 201);
  assert.equal((await ask("DELETE", `/sdk-keys/${reader.id}`, { key: owner.key })).status, 200);
});

onBoth("a key of another account is not found", async (t, express) => {
  const { ak, ask } = await start(t, express);
  const { key } = await ak.create({ accountId: "acme" });
  const { id } = await ak.create({ accountId: "victim" });
  assert.equal((await ask("DELETE", `/sdk-keys/${id}`, { key })).status, 404);
});

onBoth("an unverified sign-up gets an account of its own", async (t, express) => {
  const { ak, ask } = await start(t, express, { signupScopes: ["chat"] });
  const { status, body } = await ask("POST", "/signup", { json: { email: "ann@example.org", expires_in: "" } });
  assert.equal(status, 201);
  const validation = await ak.validate(body.key);
  assert.equal(validation.accountId, "unverified:ann@example.org");
  assert.equal(validation.expiresAt, new Date(START + DAY_MS).toISOString());
});

onBoth("the limits of a sign-up", async (t, express) => {
  const { ask } = await start(t, express, { signupMaxBudgetCents: 500, signupMaxExpiresIn: "2h" });
  const signup = (asked) => ask("POST", "/signup", { json: { email: "a@b", ...asked } });
  const plain = await signup({});
  assert.deepEqual([plain.body.budgetCents, plain.body.expiresAt], [500, new Date(START + DAY_MS / 12).toISOString()]);
  assert.equal((await signup({ budget_cents: 500, expires_in: "120m" })).status, 201);
  assert.deepEqual((await signup({ budget_cents: 501 })).body, {
    error: "Budget not allowed on signup: 501",
    allowed: 500,
  });
  assert.deepEqual((await signup({ expires_in: "3h" })).body, {
    error: "Expiry not allowed on signup: 3h",
    allowed: "2h",
  });
});

onBoth("a store that fails is told as such, with the cause for the owner alone", async (t, express) => {
  const { ak, ask, notices } = await start(t, express);
  const { key } = await ak.create({ accountId: "acme" });
  for (const method of ["create", "revoke"]) t.mock.method(ak, method, () => Promise.reject(new Error("disk full")));
  const minted = await ask("POST", "/sdk-keys", { key, json: {} });
  assert.deepEqual([minted.status, minted.body], [500, { error: "Failed to create key" }]);
  const revoked = await ask("DELETE", "/sdk-keys/1", { key });
  assert.deepEqual([revoked.status, revoked.body], [500, { error: "Failed to revoke key" }]);
  assert.deepEqual(notices, ["route_failed", "route_failed"]);
});

onBoth("paths as Express matches them, and other requests go on", async (t, express) => {
  const { ak, ask } = await start(t, express);
  const { key } = await ak.create({ accountId: "acme" });
  for (const path of ["/sdk-keys/me", "/sdk-keys/me/", "/SDK-keys/Me"]) {
    assert.equal((await ask("GET", path, { key })).status, 200, path);
  }
  assert.equal((await ask("HEAD", "/sdk-keys/me", { key })).status, 200);
  for (const [method, path] of [
    ["GET", "/signup"],
    ["GET", "/sdk-keys"],
    ["DELETE", "/sdk-keys"],
    ["DELETE", "/sdk-keys/1/2"],
    ["POST", "/sdk-keys/me"],
  ]) {
    assert.equal((await ask(method, path, { key })).status, 404, `${method} ${path}`);
  }
});

onBoth("ids are digits, as they are printed", async (t, express) => {
  const { ak, ask } = await start(t, express);
  const { key } = await ak.create({ accountId: "acme" });
  for (const [id, status] of Object.entries({
    "1abc": 400,
    "1.0": 400,
    "01": 400,
    "+1": 400,
    "%31": 400,
    "1e0": 400,
    "-1": 400,
    0: 404,
    999: 404,
    "99999999999999999999": 404,
  })) {
    assert.equal((await ask("DELETE", `/sdk-keys/${id}`, { key })).status, status, id);
  }
  assert.equal((await ak.validate(key)).valid, true);
});

test("options that would do nothing are refused", () => {
  const { ak } = newKeys();
  for (const options of [
    { signupRateLimit: 5 },
    { signupMaxBudgetCents: -1 },
    { signupMaxBudgetCents: 1.5 },
    { signupMaxExpiresIn: "soon" },
  ]) {
    assert.throws(() => createAgentKeyRoutes(ak, options), { code: "invalid_option" }, JSON.stringify(options));
  }
});

onBoth("a route behind an answer that has begun breaks it off, and the process lives", async (t, express) => {
  const { ak } = newKeys();
  const server = await serve(t, express, (app) => {
    app.use((_req, res, next) => {
      res.write("begun");
      next();
    });
    app.use(createAgentKeyRoutes(ak, { requireEmailForSignup: false }));
  });
  await assert.rejects(send(server, { method: "POST", path: "/signup" }), { code: "ECONNRESET" });
});

// Behind Clerk's own middlewares, the real ones over the stub: a credential that they have just asked Clerk about is
// not asked about again, and nothing else at that place of a request is believed.
import assert from "node:assert/strict";
import { test } from "node:test";
import { createClerkClient } from "@clerk/backend";
import { clerkMiddleware as clerkExpress } from "@clerk/express";
import { clerkPlugin } from "@clerk/fastify";
import { clerkMiddleware as clerkHono } from "@clerk/hono";
import { serve as serveWeb } from "@hono/node-server";
import express4 from "express4";
import express5 from "express5";
import fastify from "fastify";
import { Hono } from "hono";
import { AgentKey } from "keyrail";
import { clerkAgentKeyMiddleware, clerkApiKeyMiddleware, createM2M } from "keyrail/clerk";
import * as keyrailFastify from "keyrail/fastify";
import * as keyrailHono from "keyrail/hono";
import { memory } from "keyrail/stores/memory";
import { listen, send } from "../http/client.mjs";
import { KINDS } from "./guarded-route.mjs";
import { ClerkStub } from "./stub/index.mjs";

const PUBLISHABLE_KEY = `pk_test_${Buffer.from("stub.clerk.accounts.dev$").toString("base64")}`;

const serveExpress = (express) => ({
  guards: { apiKey: clerkApiKeyMiddleware, m2m: clerkAgentKeyMiddleware },
  /** `before` is put on each request in place of Clerk's middleware. */
  serve(t, { clerk, guard, before, handle }) {
    const app = express();
    app.set("env", "test");
    app.use(before === undefined ? clerkExpress(clerk) : (req, _res, next) => next(void Object.assign(req, before)));
    app.get("/", guard, (req, res) => res.json(handle(req.clerkApiKey ?? req.m2m)));
    return listen(t, app.listen(0, "127.0.0.1"));
  },
  place: "auth",
});

const FRAMEWORKS = {
  "Express 4": serveExpress(express4),
  "Express 5": serveExpress(express5),
  Fastify: {
    guards: { apiKey: keyrailFastify.clerkApiKey, m2m: keyrailFastify.clerkM2M },
    async serve(t, { clerk, guard, before, handle }) {
      const app = fastify();
      if (before === undefined) await app.register(clerkPlugin, { ...clerk, hookName: "onRequest" });
      else app.addHook("onRequest", async (request) => void Object.assign(request, before));
      app.get("/", { preHandler: guard }, async (request) => handle(request.clerkApiKey ?? request.m2m));
      await app.ready();
      return listen(t, app.server);
    },
    place: "auth",
  },
  Hono: {
    guards: { apiKey: keyrailHono.clerkApiKey, m2m: keyrailHono.clerkM2M },
    serve(t, { clerk, guard, before, handle }) {
      const app = new Hono();
      const leave = (c, next) => {
        for (const [name, value] of Object.entries(before)) c.set(name, value);
        return next();
      };
      app.use(before === undefined ? clerkHono(clerk) : leave);
      app.get("/", guard, (c) => c.json(handle(c.get("clerkApiKey") ?? c.get("m2m"))));
      return listen(t, serveWeb({ fetch: app.fetch, hostname: "127.0.0.1", port: 0 }));
    },
    place: "clerkAuth",
  },
};

/** One route behind what `before` leaves, or behind Clerk's own middleware where it leaves nothing. */
async function open(t, framework, { kind = "apiKey", before, ended, ...options } = {}) {
  const stub = await ClerkStub.start({ ended });
  t.after(() => stub.stop());
  const keys = { apiUrl: stub.url, secretKey: stub.secretKey, publishableKey: PUBLISHABLE_KEY };
  const clerkClient = createClerkClient({ ...keys, telemetry: { disabled: true } });
  const ak = new AgentKey({ store: memory() });
  const { guards, place, serve } = FRAMEWORKS[framework];
  let ran = 0;
  const handle = (verified) => {
    ran += 1;
    return verified;
  };
  const guard = guards[kind]({ clerkClient, ak, defaults: { budgetCents: 100 }, reserve: 1, ...options });
  const clerk = framework === "Fastify" ? { ...keys } : { ...keys, clerkClient, telemetry: { disabled: true } };
  const left = before === undefined ? undefined : { [place]: before };
  const server = await serve(t, { clerk, guard, before: left, handle });
  return {
    stub,
    clerkClient,
    ran: () => ran,
    verifies: () => stub.askedFor(KINDS[kind].path).length,
    issue: (fields) => KINDS[kind].issue(stub, fields),
    send: (key, more) => send(server, { key, ...more }),
  };
}

for (const framework of Object.keys(FRAMEWORKS)) {
  const onEach = (name, body) =>
    test(`${framework}: ${name}`, (t) => body(t, (options) => open(t, framework, options)));

  onEach("a key is asked about once for both middlewares", async (_t, opened) => {
    const route = await opened();
    const claims = { plan: "pro" };
    const { id, credential, subject } = route.issue({ name: "CI", scopes: ["read"], claims });
    const { status, body } = await route.send(credential);
    assert.equal(status, 200);
    assert.deepEqual(body, { id, name: "CI", subject, scopes: ["read"], claims });
    assert.equal(route.verifies(), 1);
    assert.equal((await route.send(credential)).status, 200);
    assert.equal(route.verifies(), 2, "by Clerk's middleware, which keeps nothing");
  });

  onEach("a token likewise, where that is asked for", async (_t, opened) => {
    for (const [reuseAuth, verifies] of [
      [true, 1],
      [undefined, 2],
    ]) {
      const route = await opened({ kind: "m2m", reuseAuth });
      const { id, credential, subject } = route.issue({ claims: { run: 1 } });
      const { status, body } = await route.send(credential);
      assert.deepEqual([status, body.id, body.subject], [200, id, subject]);
      assert.equal(route.verifies(), verifies);
    }
  });

  onEach("a JWT only where JWTs are taken, and its scopes are none", async (_t, opened) => {
    const route = await opened({ kind: "m2m", reuseAuth: true });
    const { credential } = route.issue({ format: "jwt" });
    assert.equal((await route.send(credential)).status, 401);
    const taking = await opened({ kind: "m2m", reuseAuth: true, formats: ["jwt"] });
    const jwt = taking.issue({ format: "jwt", claims: { scopes: "admin" } });
    const { status, body } = await taking.send(jwt.credential);
    assert.deepEqual([status, body.scopes], [200, []]);
  });

  onEach("the list of machines holds all the same", async (_t, opened) => {
    const route = await opened({ kind: "m2m", reuseAuth: true, machines: ["mch_other"] });
    assert.equal((await route.send(route.issue().credential)).status, 401);
    assert.equal(route.ran(), 0);
  });

  onEach("with reuseAuth: false the guard asks too, and sees what Clerk's middleware lets in", async (_t, opened) => {
    const route = await opened({ reuseAuth: false });
    const { credential } = route.issue({ revoked: true });
    assert.equal((await route.send(credential)).status, 401);
    assert.deepEqual([route.ran(), route.verifies()], [0, 2]);
  });

  onEach("a bad key is bad: unknown, revoked, expired, of another kind", async (_t, opened) => {
    const route = await opened({ ended: "refusal" });
    const credentials = [
      "ak_unknown",
      route.issue({ revoked: true }).credential,
      route.issue({ expiration: Date.now() - 1 }).credential,
      route.stub.addToken().token,
    ];
    for (const credential of credentials) {
      const { status, body } = await route.send(credential);
      assert.deepEqual([status, body], [401, { error: "invalid_key" }], credential);
    }
    assert.equal(route.ran(), 0);
  });

  onEach("Clerk down: 503, whatever its middleware makes of it", async (_t, opened) => {
    const route = await opened();
    const { credential } = route.issue();
    route.stub.fail(500);
    const { status } = await route.send(credential);
    assert.deepEqual([status, route.ran()], [503, 0]);
  });

  onEach("what was revoked here stays so, whatever Clerk's middleware says", async (_t, opened) => {
    const route = await opened({ kind: "m2m", reuseAuth: true });
    const { id, credential } = route.issue();
    assert.equal((await route.send(credential)).status, 200);
    const machine = createM2M({ clerkClient: route.clerkClient, machineSecretKey: route.stub.machineSecretKey });
    await machine.revoke(id);
    assert.equal((await route.send(credential)).status, 401);
    assert.equal(route.ran(), 1);
  });

  onEach("no bearer, or two: refused before anything that was left is looked at", async (t, opened) => {
    const left = t.mock.fn(() => genuine("ak_1"));
    const route = await opened({ before: left });
    assert.equal((await route.send()).status, 401);
    const headers = ["host", "127.0.0.1", "authorization", "Bearer ak_1", "authorization", "Bearer ak_1"];
    assert.equal((await route.send(undefined, { headers })).status, 401);
    assert.deepEqual([left.mock.callCount(), route.ran(), route.stub.requests.length], [0, 0, 0]);
  });

  for (const [name, before] of Object.entries(forged())) {
    onEach(`not believed: ${name}`, async (_t, opened) => {
      const route = await opened({ before });
      assert.deepEqual((await route.send("ak_1")).body, { error: "invalid_key" });
      assert.deepEqual([route.ran(), route.verifies()], [0, 1], "Clerk is asked");
    });
  }
}

test("what Clerk's middlewares leave is taken from a double of theirs too", async (t) => {
  for (const framework of Object.keys(FRAMEWORKS)) {
    const route = await open(t, framework, { before: () => genuine("ak_1") });
    assert.deepEqual((await route.send("ak_1")).body, { id: "ak_id", subject: "user_1" });
    assert.equal(route.verifies(), 0);
  }
});

/** The object that Clerk's SDK makes for an API key. */
function genuine(credential, members = {}) {
  const getToken = () => Promise.resolve(credential);
  return { isAuthenticated: true, tokenType: "api_key", id: "ak_id", subject: "user_1", getToken, ...members };
}

/** What other libraries, or somebody with a token of his own, might leave there. */
function forged() {
  const claims = { isAuthenticated: true, tokenType: "api_key", id: "ak_id", subject: "user_1" };
  return {
    "claims of a token": claims,
    "claims that hold the credential": { ...claims, getToken: "ak_1", token: "ak_1" },
    "a function that gives claims": () => claims,
    "a function that throws": () => {
      throw new Error("not signed in");
    },
    "a function that gives nothing": () => undefined,
    "another credential's": () => genuine("ak_2"),
    "one that is not authenticated": () => genuine("ak_1", { isAuthenticated: false }),
    "one that is nearly authenticated": () => genuine("ak_1", { isAuthenticated: "true" }),
    "a session's": () => genuine("ak_1", { tokenType: "session_token" }),
    "an M2M token's": () => genuine("ak_1", { tokenType: "m2m_token" }),
    "one without an id": () => genuine("ak_1", { id: "" }),
    "one without a subject": () => genuine("ak_1", { subject: null }),
    "one that fails to give its token": () => genuine("ak_1", { getToken: () => Promise.reject(new Error("no")) }),
  };
}

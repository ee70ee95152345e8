// The blocks of docs/clerk.md run, with the real SDK before a stub of Clerk.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { test } from "node:test";
import { createClerkClient } from "@clerk/backend";
import express from "express5";
import { AgentKey } from "keyrail";
import * as keyrailClerk from "keyrail/clerk";
import { memory } from "keyrail/stores/memory";
import { ClerkStub } from "../clerk/stub/index.mjs";
import { listen, send } from "../http/client.mjs";
import { blocksOf } from "./blocks.mjs";
import { continueBlock, runBlock, setEnvironment } from "./run-block.mjs";

const blocks = blocksOf("docs/clerk.md");
const blockWith = (part) => {
  const found = blocks.filter(({ text }) => text.includes(part));
  assert.equal(found.length, 1, `one block has ${part}`);
  return found[0].text;
};

async function newStub(t) {
  const stub = await ClerkStub.start();
  t.after(() => stub.stop());
  return stub;
}

/** An app that a block has mounted its guard on, with a route behind it that settles what was held. */
async function openApp(t, part, path) {
  const stub = await newStub(t);
  const clerkClient = createClerkClient({ ...keyrailClerk.loadClerkEnv(stub.env), machineSecretKey: undefined });
  const ak = new AgentKey({ store: memory() });
  const app = express();
  await continueBlock(blockWith(part), { ...keyrailClerk, clerkClient, ak, app });
  app.post(path, async (req, res) => {
    await req.agentKeyHold.settle(req.agentKeyHold.costCents);
    res.json({ limitCents: req.agentKey.budgetCents, scopes: req.agentKey.scopes });
  });
  const server = await listen(t, createServer(app));
  const call = (key) => send(server, { method: "POST", path, key });
  return { stub, ak, call };
}

test("docs/clerk.md: the first app", async (t) => {
  const stub = await newStub(t);
  const given = { "keyrail/stores/sqlite": { sqlite: () => memory() } };
  setEnvironment(t, stub.env);
  const { app, ak } = runBlock(blockWith("one for the whole program"), given);
  const server = await listen(t, createServer(app));
  const { secret: key } = stub.addApiKey({ subject: "user_ann" });
  const { status, body } = await send(server, { method: "POST", path: "/api/chat", key });
  assert.deepEqual([status, body], [200, { costCents: 12.5 }]);
  const [{ usedCents, limitCents }] = await ak.budgets({ subject: "user_ann" });
  assert.deepEqual([usedCents, limitCents], [12.5, 5_000]);
});

test("docs/clerk.md: a key, its user, its organisation", async (t) => {
  const { stub, ak, call } = await openApp(t, 'budgetBy: "key"', "/api/chat");
  const { id, secret } = stub.addApiKey({ subject: "user_ann", claims: { org: "org_acme" } });
  assert.equal((await call(secret)).status, 200);
  const levels = await ak.budgets({ subject: id });
  assert.deepEqual(
    levels.map(({ limitCents, usedCents, period }) => [limitCents, usedCents, period]),
    [
      [50_000, 25, "month"],
      [5_000, 25, "month"],
      [1_000, 25, "day"],
    ],
  );
  const [{ usedCents }] = await ak.budgets({ subject: "org_acme" });
  assert.equal(usedCents, 25);
  const alone = stub.addApiKey({ subject: "user_bob" });
  assert.equal((await call(alone.secret)).status, 200);
  assert.equal((await ak.budgets({ subject: alone.id })).length, 2, "below no organisation");
});

test("docs/clerk.md: plans", async (t) => {
  const { stub, call } = await openApp(t, "syncBudget", "/api/chat");
  for (const [plan, limitCents] of [
    ["pro", 20_000],
    ["free", 2_000],
    ["unheard of", 2_000],
  ]) {
    const { secret } = stub.addApiKey({ subject: `user_${plan}`, claims: { plan } });
    const { status, body } = await call(secret);
    assert.deepEqual([status, body], [200, { limitCents, scopes: ["proxy.chat"] }], plan);
  }
});

test("docs/clerk.md: behind Clerk's own middleware nothing is asked of pages' guests", async (t) => {
  const key = `pk_test_${Buffer.from("stub.clerk.accounts.dev$").toString("base64")}`;
  setEnvironment(t, { CLERK_PUBLISHABLE_KEY: key, CLERK_SECRET_KEY: "sk_test_1" });
  const { stub, call } = await openApp(t, "clerkMiddleware()", "/api/chat");
  assert.equal((await call(stub.addApiKey({ subject: "user_ann" }).secret)).status, 200);
  assert.equal(stub.requests.length, 1);
});

test("docs/clerk.md: machines", async (t) => {
  const { stub, call } = await openApp(t, "machines: [", "/internal/digest");
  assert.deepEqual((await call(stub.addToken().token)).body, { error: "invalid_token" }, "it is none of those listed");
});

test("docs/clerk.md: the life of a token", async (t) => {
  const stub = await newStub(t);
  const clerkClient = createClerkClient(keyrailClerk.loadClerkEnv(stub.env));
  const text = blockWith("createM2M({").replace("https://search.internal", stub.url);
  const names = ["made", "data", "created", "seen"];
  const { made, data, created, seen } = await continueBlock(text, { clerkClient }, names);
  assert.equal(made.subject, stub.machineId);
  assert.deepEqual(
    data.map(({ id }) => id),
    [made.id],
  );
  assert.notEqual(created.id, made.id);
  assert.deepEqual([seen.valid, seen.token.id], [true, created.id]);
  const { createM2M } = keyrailClerk;
  assert.deepEqual(await createM2M({ clerkClient }).verify(created.token), { valid: false, reason: "invalid_token" });
});

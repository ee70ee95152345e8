// The examples of the adapters run: those of the README, and those in the docstrings.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { test } from "node:test";
import { serve } from "@hono/node-server";
import express5 from "express5";
import fastify5 from "fastify";
import { Hono } from "hono";
import typescript from "typescript";
import { listen, newKeys, send, untilBudget } from "./client.mjs";

const read = (path) => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");
const require = createRequire(import.meta.url);
const AsyncFunction = (async () => {}).constructor;

/** Runs TypeScript with these names in scope; gives what it exports, and what it calls `ak`. */
async function run(code, scope = {}) {
  const compilerOptions = { module: "CommonJS", target: "ES2022", esModuleInterop: true };
  const { outputText } = typescript.transpileModule(code, { compilerOptions });
  const exports = {};
  const names = { require, exports, ...scope };
  await new AsyncFunction(...Object.keys(names), `${outputText}; if (typeof ak === "object") exports.ak = ak;`)(
    ...Object.values(names),
  );
  return exports;
}

const startWeb = (t, fetch) => listen(t, serve({ fetch, hostname: "127.0.0.1", port: 0 }));

/** One paid call and one without a key. */
async function check(server, ak, { path, cost, body, scopes = null }) {
  const { key } = await ak.create({ accountId: "acme", budgetCents: 1_000, scopes });
  const answer = await send(server, { method: "POST", path, key, json: { question: "how much?" } });
  assert.deepEqual([answer.status, answer.body], [200, body]);
  await untilBudget(ak, key, { usedCents: cost, heldCents: 0 });
  assert.equal((await send(server, { method: "POST", path })).status, 401);
}

const blocks = [...read("README.md").matchAll(/^```js\n([\s\S]*?)^```$/gm)].map(([, block]) => block);
const blockOf = (specifier) => {
  const found = blocks.filter((block) => block.includes(`from "${specifier}"`));
  assert.equal(found.length, 1, `the README has one block with ${specifier}`);
  return found[0];
};

test("the README's handler", async (t) => {
  const { default: worker, ak } = await run(blockOf("keyrail/fetch"));
  await check(await startWeb(t, worker.fetch), ak, {
    path: "/",
    cost: 42.5,
    body: { account: "acme", costCents: 42.5 },
  });
});

test("the README's Hono app", async (t) => {
  const { default: app, ak } = await run(blockOf("keyrail/hono"));
  await check(await startWeb(t, app.fetch), ak, { path: "/ask", cost: 42.5, body: { account: "acme" } });
});

/** The example of an exported function, without its asterisks. */
function exampleOf(path, name) {
  const text = read(`npm/keyrail/src/${path}`);
  const docs = text.slice(0, text.indexOf(`export function ${name}`));
  const [, example] = /\* ```ts\n([\s\S]*?) \* ```/.exec(docs.slice(docs.lastIndexOf("/**")));
  return example.replaceAll(/^ \* ?/gm, "");
}

const model = async () => ({ text: "forty-two", costCents: 4.2 });
const answered = { path: "/chat", cost: 4.2, body: { text: "forty-two" }, scopes: ["chat"] };

test("the example of withAgentKey", async (t) => {
  const { ak } = newKeys();
  const { withAgentKey } = require("keyrail/fetch");
  const { default: worker } = await run(exampleOf("fetch/index.ts", "withAgentKey"), { ak, withAgentKey, model });
  await check(await startWeb(t, worker.fetch), ak, answered);
});

test("the example of agentKey", async (t) => {
  const { ak } = newKeys();
  const app = new Hono();
  const { agentKey } = require("keyrail/hono");
  await run(exampleOf("hono/index.ts", "agentKey"), { ak, agentKey, app, model });
  await check(await startWeb(t, app.fetch), ak, answered);
});

test("the example of agentKeyMiddleware", async (t) => {
  const { ak } = newKeys();
  const app = express5();
  const { agentKeyMiddleware } = require("keyrail/express");
  await run(exampleOf("express/middleware.ts", "agentKeyMiddleware"), { ak, agentKeyMiddleware, app, model });
  await check(await listen(t, createServer(app)), ak, answered);
});

test("the example of Fastify's agentKey", async (t) => {
  const { ak } = newKeys();
  const app = fastify5();
  const { agentKey } = require("keyrail/fastify");
  await run(exampleOf("fastify/index.ts", "agentKey"), { ak, agentKey, app, model });
  await app.ready();
  await check(await listen(t, app.server), ak, answered);
});

test("the example of Next's agentKey", async (t) => {
  const { ak } = newKeys();
  const { agentKey } = require("keyrail/next");
  const { POST } = await run(exampleOf("next/index.ts", "agentKey"), { ak, agentKey, model });
  const route = { params: Promise.resolve({}) };
  await check(await startWeb(t, (request) => POST(request, route)), ak, answered);
});

// The blocks of docs/frameworks.md run, each in its framework, before a stub of Clerk. TanStack Start's route is
// called as its server would: the router itself needs a page.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { test } from "node:test";
import { serve } from "@hono/node-server";
import { createApp, toNodeListener } from "h3";
import { memory } from "keyrail/stores/memory";
import { ClerkStub } from "../clerk/stub/index.mjs";
import { listen, send } from "../http/client.mjs";
import { blocksOf } from "./blocks.mjs";
import { runBlock, setEnvironment } from "./run-block.mjs";

const blocks = blocksOf("docs/frameworks.md");

/** The files that the blocks share, over a store in memory, and what they import beside each other. */
function shared() {
  const given = {
    "keyrail/stores/sqlite": { sqlite: () => memory() },
    "@tanstack/react-router": { createFileRoute: (path) => (options) => ({ path, options }) },
  };
  for (const name of ["model", "keys", "chat"]) {
    const { text } = blocks.find(({ file }) => file === `${name}.ts`);
    given[`./${name}.js`] = runBlock(text, given).exports;
  }
  return given;
}

const webServer = (fetch) => serve({ fetch, hostname: "127.0.0.1", port: 0 });
const JSON_BODY = { json: { question: "how much?" } };
const TEXT_BODY = { body: "how much?" };

/** How each block is served, and what it is asked. */
const FRAMEWORKS = {
  express: { serve: ({ app }) => createServer(app), ask: JSON_BODY },
  fastify: { serve: ({ app }) => app.ready().then(() => app.server), ask: JSON_BODY },
  hono: { serve: ({ exports }) => webServer(exports.default.fetch), ask: TEXT_BODY },
  "keyrail/next": {
    serve: ({ exports }) => webServer((request) => exports.POST(request, { params: Promise.resolve({}) })),
    ask: TEXT_BODY,
  },
  "keyrail/fetch": { serve: ({ exports }) => webServer((request) => exports.chat(request)), ask: TEXT_BODY },
  "react-router": {
    serve: ({ exports }) => webServer((request) => exports.action({ request, params: {}, context: {} })),
    ask: TEXT_BODY,
  },
  astro: { serve: ({ exports }) => webServer((request) => exports.POST({ request })), ask: TEXT_BODY },
  "@tanstack/react-router": {
    serve: ({ exports }) => webServer((request) => exports.Route.options.server.handlers.POST({ request })),
    ask: TEXT_BODY,
  },
  h3: { serve: ({ exports }) => createServer(toNodeListener(createApp().use(exports.default))), ask: TEXT_BODY },
};

for (const [name, { serve: serverOf, ask }] of Object.entries(FRAMEWORKS)) {
  test(`the block of docs/frameworks.md with ${name}`, async (t) => {
    const stub = await ClerkStub.start();
    t.after(() => stub.stop());
    setEnvironment(t, stub.env);
    const given = shared();
    const { ak } = given["./keys.js"];
    const found = blocks.filter(({ text }) => text.includes(`from "${name}"`));
    assert.equal(found.length, 1, `one block imports ${name}`);
    const server = await listen(t, await serverOf(runBlock(found[0].text, given)));
    const { secret: key } = stub.addApiKey({ subject: "user_ann" });
    const call = (more) => send(server, { method: "POST", path: "/chat", ...ask, ...more });

    const { status, body } = await call({ key });
    assert.deepEqual([status, body], [200, { text: "HOW MUCH?", for: "user_ann" }]);
    const own = async () => (await ak.budgets({ subject: "user_ann" })).at(-1);
    assert.deepEqual([(await own()).usedCents, (await own()).limitCents], [12.5, 500]);
    const anonymous = await call({});
    assert.deepEqual([anonymous.status, anonymous.body], [401, { error: "Missing API key" }]);
    assert.equal((await call({ key: "ak_unknown" })).status, 401);
    await ak.setBudget({ subject: "user_ann" }, { budgetCents: 13 });
    assert.equal((await call({ key })).status, 429);
  });
}

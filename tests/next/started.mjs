// A site that Next has built and started: Keyrail is in its bundles, for Node and for the edge.
import assert from "node:assert/strict";
import { once } from "node:events";
import { after, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { begin, send, until } from "../http/client.mjs";
import { start } from "./start.mjs";

/** The engine of each runtime; the addon is found beside the bundle, and the edge has no addons. */
const RUNTIMES = { node: "native", edge: "wasm" };

/** What is asked, how it is answered, and what it costs of the ten cents that are held. */
const ANSWERED = [
  ["GET", "json", 200, 10],
  ["HEAD", "json", 200, 10],
  ["POST", "body", 200, 10],
  ["GET", "settled", 200, 4],
  ["GET", "behind", 503, 4],
  ["GET", "cookie", 200, 10],
  ["GET", "empty", 204, 10],
  ["GET", "moved", 307, 10],
  ["GET", "redirect", 307, 10],
  ["GET", "missing", 404, 10],
  ["GET", "unknown", 404, 10],
  ["GET", "fault", 503, 0],
  ["GET", "throw", 500, 0],
  ["GET", "nothing", 500, 0],
  ["GET", "stream", 200, 10],
  ["HEAD", "stream", 200, 10],
];

/** Answers that Next makes itself, so that they carry no headers of the guard. */
const NEXTS_OWN = new Set(["redirect", "missing", "throw", "nothing"]);

/** Begins to receive an answer, and minds no end that it may have. */
async function open(server, request) {
  const outgoing = begin(server, request);
  outgoing.on("error", () => {});
  const [incoming] = await once(outgoing, "response");
  return incoming.on("error", () => {});
}

/** A key of one bundle's own store, with requests for it and what it has spent. */
async function newCaller(server, runtime) {
  const path = (name) => `/${runtime}/${name}`;
  const { key, engine } = (await send(server, { method: "PUT", path: path("key") })).body;
  const figures = async () =>
    (await send(server, { method: "PATCH", path: path("key"), headers: { "x-key": key } })).body;
  const sum = { usedCents: 0, heldCents: 0 };
  return {
    key,
    engine,
    path,
    async untilFigures({ settled = 0, kept = 0 }, what) {
      sum.usedCents += settled;
      sum.heldCents += kept;
      // What is done to a hold by mistake is done soon.
      await sleep(50);
      await until(
        async () => {
          const { usedCents, heldCents } = await figures();
          return usedCents === sum.usedCents && heldCents === sum.heldCents;
        },
        `${what}: ${JSON.stringify(sum)}`,
      );
    },
  };
}

/** Registers the tests of the site as one bundler has built it. */
export async function testStarted(bundler) {
  const server = await start(bundler);
  after(server.stop);
  for (const [runtime, expectedEngine] of Object.entries(RUNTIMES)) {
    test(`${bundler}, ${runtime} runtime: every answer is paid as it must be`, async () => {
      const { key, engine, path, untilFigures } = await newCaller(server, runtime);
      assert.equal(engine, process.env.KEYRAIL_ENGINE || expectedEngine);
      for (const [method, name, status, settled] of ANSWERED) {
        const json = method === "POST" ? { text: "ü" } : undefined;
        const answer = await send(server, { method, path: path(name), key, json });
        assert.equal(answer.status, status, `${method} ${name}`);
        const limit = answer.headers.ratelimit;
        if (!NEXTS_OWN.has(name)) assert.match(limit, /^"budget";r=\d+$/, `${method} ${name}`);
        if (method === "POST") assert.deepEqual(answer.body, json);
        if (name === "cookie") assert.deepEqual(answer.headers["set-cookie"], ["a=1; Path=/"]);
        if (name === "redirect") assert.equal(answer.headers.location, "/elsewhere");
        if (method === "GET" && name === "stream") assert.equal(answer.body, "part ".repeat(20));
        await untilFigures({ settled }, `${method} ${name}`);
      }
    });

    test(`${bundler}, ${runtime} runtime: refusals`, async () => {
      const { key, path, untilFigures } = await newCaller(server, runtime);
      const anonymous = await send(server, { path: path("json") });
      assert.deepEqual([anonymous.status, anonymous.body], [401, { error: "Missing API key" }]);
      assert.equal(anonymous.headers["www-authenticate"], "Bearer");
      const unknown = await send(server, { path: path("json"), key: "ak_nobody" });
      assert.deepEqual([unknown.status, unknown.body], [401, { error: "invalid" }]);
      const costly = await send(server, { path: path("json?cents=1001"), key });
      assert.deepEqual([costly.status, costly.body.error], [429, "budget_exceeded"]);
      assert.equal(costly.body.binding.requestedCents, 1_001);
      const nonsense = await send(server, { path: path("json?cents=x"), key });
      assert.deepEqual([nonsense.status, nonsense.body], [500, { error: "auth_unavailable" }]);
      await untilFigures({}, "nothing was let through");
    });

    test(`${bundler}, ${runtime} runtime: bodies that break off and clients that leave`, async () => {
      const { key, path, untilFigures } = await newCaller(server, runtime);
      const broken = await open(server, { path: path("broken"), key });
      broken.resume();
      await new Promise((resolve) => broken.once("close", resolve));
      assert.equal(broken.complete, false, "the client can tell");
      await untilFigures({ kept: 10 }, "a body that breaks off");
      const left = await open(server, { path: path("stream"), key });
      await once(left, "data");
      left.destroy();
      await untilFigures({ kept: 10 }, "a client that leaves");
      await sleep(600);
      await untilFigures({}, "a client that left");
    });

    test(`${bundler}, ${runtime} runtime: many at once spend no more than the cap`, async () => {
      const { key, path, untilFigures } = await newCaller(server, runtime);
      const asked = Array.from({ length: 60 }, () => send(server, { path: path("empty?cents=30"), key }));
      const statuses = (await Promise.all(asked)).map(({ status }) => status);
      assert.equal(statuses.filter((status) => status === 204).length, 33);
      assert.equal(statuses.filter((status) => status === 429).length, 27);
      await untilFigures({ settled: 990 }, "33 times 30");
    });
  }
}

// Every adapter on its real framework, behind one shape of handler, so that a case is written once.
//
// A handler gets a `call`: `agentKey`, `hold`, `verified` (what Clerk says, behind a door of Clerk's),
// `header(name)`, and `gone`, which resolves when the client has left.
// It gives an `answer`: `status`, `headers` and a `body` that is nothing, a text, bytes, an object to be sent as
// JSON, or an async iterable of texts, which breaks the answer off if it throws.
import { once } from "node:events";
import { createServer } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { test } from "node:test";
import { serve as serveWeb } from "@hono/node-server";
import express4 from "express4";
import express5 from "express5";
import fastify5 from "fastify";
import fastify4 from "fastify4";
import { Hono } from "hono";
import { clerkAgentKeyMiddleware, clerkApiKeyMiddleware } from "keyrail/clerk";
import { agentKeyMiddleware } from "keyrail/express";
import * as forFastify from "keyrail/fastify";
import { withAgentKey, withClerkApiKey, withClerkM2M } from "keyrail/fetch";
import { agentKey, clerkApiKey, clerkM2M } from "keyrail/hono";
import * as forNext from "keyrail/next";
import { listen } from "./client.mjs";

const isStream = (body) => body?.[Symbol.asyncIterator] !== undefined;
const isJson = (body) => typeof body === "object" && !(body instanceof Uint8Array);

/** Options whose functions are given what a case knows: `{header, gone}` of the request, the status of the answer. */
const translated = (options, { askedOf, statusOf }) => ({
  ...options,
  ...(typeof options.reserve === "function" && { reserve: (asked) => options.reserve(askedOf(asked)) }),
  ...(typeof options.unsettled === "function" && {
    unsettled: (...context) => options.unsettled(statusOf(...context)),
  }),
});

/** The guards of Express, each made from all of its options. */
const EXPRESS_DOORS = {
  agentKey: ({ ak, ...options }) => agentKeyMiddleware(ak, options),
  clerkApiKey: clerkApiKeyMiddleware,
  clerkM2M: clerkAgentKeyMiddleware,
};

async function answerExpress(res, { status = 200, headers = {}, body }) {
  res.status(status).set(headers);
  if (body === undefined) res.end();
  else if (isStream(body)) await pipeline(Readable.from(body), res).catch(() => undefined);
  else if (isJson(body)) res.json(body);
  else res.end(body);
}

const expressAdapter = (name, express) => {
  const askedOf = (req) => ({ header: (field) => req.get(field), gone: once(req.res, "close") });
  const statusOf = (_req, res) => res.statusCode;
  return {
    name,
    guard(ak, options, handle, door = "agentKey") {
      const work = async (req, res) => {
        const verified = req.clerkApiKey ?? req.m2m;
        const call = { agentKey: req.agentKey, hold: req.agentKeyHold, verified, ...askedOf(req) };
        await answerExpress(res, await handle(call));
      };
      return [
        EXPRESS_DOORS[door]({ ak, ...translated(options, { askedOf, statusOf }) }),
        (req, res, next) => work(req, res).catch(next),
      ];
    },
    serve(t, handlers, { maxHeaderSize } = {}) {
      const app = express();
      // Express prints faults of handlers unless it is told that this is a test.
      app.set("env", "test");
      app.all("/", ...handlers);
      return listen(t, createServer({ maxHeaderSize }, app));
    },
  };
};

const FASTIFY_DOORS = { ...forFastify, agentKey: ({ ak, ...options }) => forFastify.agentKey(ak, options) };

const fastifyAdapter = (name, fastify) => {
  const askedOf = ({ raw }) => ({
    header: (field) => raw.headers[field],
    gone: new Promise((resolve) => raw.socket.once("close", resolve)),
  });
  const statusOf = (_request, reply) => reply.statusCode;
  return {
    name,
    guard(ak, options, handle, door = "agentKey") {
      const work = async (request, reply) => {
        const verified = request.clerkApiKey ?? request.m2m;
        const call = { agentKey: request.agentKey, hold: request.agentKeyHold, verified, ...askedOf(request) };
        const { status = 200, headers = {}, body } = await handle(call);
        return reply
          .code(status)
          .headers(headers)
          .send(isStream(body) ? Readable.from(body) : body);
      };
      return [{ preHandler: FASTIFY_DOORS[door]({ ak, ...translated(options, { askedOf, statusOf }) }) }, work];
    },
    async serve(t, [options, handler], { maxHeaderSize } = {}) {
      const app = fastify({ http: { maxHeaderSize } });
      app.all("/", options, handler);
      await app.ready();
      return listen(t, app.server);
    },
  };
};

const encoder = new TextEncoder();

/** A stream that asks its source for no more than is read, and ends it when the reader leaves. */
function streamOf(iterable) {
  const iterator = iterable[Symbol.asyncIterator]();
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await iterator.next();
      if (done) controller.close();
      else controller.enqueue(encoder.encode(value));
    },
    cancel: async () => void (await iterator.return?.()),
  });
}

function webAnswer({ status = 200, headers = {}, body }) {
  if (body === undefined) return new Response(null, { status, headers });
  if (isStream(body)) return new Response(streamOf(body), { status, headers });
  return isJson(body) ? Response.json(body, { status, headers }) : new Response(body, { status, headers });
}

const askedOfWeb = (request) => ({
  header: (field) => request.headers.get(field) ?? undefined,
  gone: new Promise((resolve) => request.signal.addEventListener("abort", () => resolve())),
});

const startWeb = (t, fetch, { maxHeaderSize } = {}) =>
  listen(
    t,
    serveWeb({
      fetch,
      hostname: "127.0.0.1",
      port: 0,
      serverOptions: { maxHeaderSize },
      errorHandler: () => new Response("broken", { status: 500 }),
    }),
  );

const FETCH_DOORS = {
  agentKey: (handler, { ak, ...options }) => withAgentKey(handler, ak, options),
  clerkApiKey: withClerkApiKey,
  clerkM2M: withClerkM2M,
};

const fetchAdapter = {
  name: "fetch",
  guard(ak, options, handle, door = "agentKey") {
    const work = async (request, { agentKey, agentKeyHold, clerkApiKey, m2m }) =>
      webAnswer(await handle({ agentKey, hold: agentKeyHold, verified: clerkApiKey ?? m2m, ...askedOfWeb(request) }));
    const statusOf = (_request, response) => response.status;
    return FETCH_DOORS[door](work, { ak, ...translated(options, { askedOf: askedOfWeb, statusOf }) });
  },
  serve: startWeb,
};

const NEXT_DOORS = { ...forNext, agentKey: ({ ak, ...options }) => forNext.agentKey(ak, options) };

/** Route handlers as Next calls them, on the same server; `tests/next` has them in apps that Next has built. */
export const nextAdapter = {
  name: "Next.js",
  guard(ak, options, handle, door = "agentKey") {
    const statusOf = (_request, response) => response.status;
    const guard = NEXT_DOORS[door]({ ak, ...translated(options, { askedOf: askedOfWeb, statusOf }) });
    const route = guard(async (request, { params, agentKey, agentKeyHold, clerkApiKey, m2m }) => {
      const { id } = await params;
      const verified = clerkApiKey ?? m2m;
      return webAnswer(await handle({ id, agentKey, hold: agentKeyHold, verified, ...askedOfWeb(request) }));
    });
    return (request, context = { params: Promise.resolve({ id: "7" }) }) => route(request, context);
  },
  // The server would pass its own environment where Next passes the parameters.
  serve: (t, route, settings) => startWeb(t, (request) => route(request), settings),
};

const HONO_DOORS = { agentKey: ({ ak, ...options }) => agentKey(ak, options), clerkApiKey, clerkM2M };

const honoAdapter = {
  name: "Hono",
  guard(ak, options, handle, door = "agentKey") {
    const askedOf = (c) => askedOfWeb(c.req.raw);
    const statusOf = (_c, response) => response.status;
    const callOf = (c) => ({
      agentKey: c.get("agentKey"),
      hold: c.get("agentKeyHold"),
      verified: c.get("clerkApiKey") ?? c.get("m2m"),
      ...askedOf(c),
    });
    const work = async (c) => webAnswer(await handle(callOf(c)));
    return [HONO_DOORS[door]({ ak, ...translated(options, { askedOf, statusOf }) }), work];
  },
  serve(t, handlers, options) {
    const app = new Hono();
    // Hono prints faults of handlers unless somebody answers them.
    app.onError((_error, c) => c.text("broken", 500));
    app.all("/", ...handlers);
    return startWeb(t, app.fetch, options);
  },
};

/** What a case runs on. A new adapter is a new member. */
export const ADAPTERS = [
  expressAdapter("Express 4", express4),
  expressAdapter("Express 5", express5),
  fastifyAdapter("Fastify 4", fastify4),
  fastifyAdapter("Fastify 5", fastify5),
  honoAdapter,
  fetchAdapter,
  nextAdapter,
];

/** Runs a case on every adapter: at once, since most of them wait, or with `alone` one after another. */
export function onEvery(name, body, { alone = false } = {}) {
  test(name, { concurrency: !alone }, async (t) => {
    await Promise.all(ADAPTERS.map((adapter) => t.test(adapter.name, (inner) => body(inner, adapter))));
  });
}

/** Starts one guarded route; `door` says whose credentials open it: `agentKey`, `clerkApiKey` or `clerkM2M`. */
export const serve = (t, adapter, { ak, options = {}, handle, door, ...settings }) =>
  adapter.serve(
    t,
    adapter.guard(ak, options, async (call) => (await handle(call)) ?? {}, door),
    settings,
  );

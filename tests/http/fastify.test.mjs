// What only Fastify has: hooks of every kind, schemas of answers, replies that a handler takes over, `inject`.
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect as connectHttp2 } from "node:http2";
import { connect } from "node:net";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import fastify5 from "fastify";
import fastify4 from "fastify4";
import { agentKey } from "keyrail/fastify";
import { begin, budgetOf, listen, newKeys, until, untilBudget } from "./client.mjs";

const HELD = { usedCents: 0, heldCents: 100 };
const SETTLED = { usedCents: 100, heldCents: 0 };
const FREE = { usedCents: 0, heldCents: 0 };
const PIPELINED = 12;

/** A test on both versions. */
function onBoth(name, body) {
  for (const [version, fastify] of Object.entries({ 4: fastify4, 5: fastify5 })) {
    test(`Fastify ${version}: ${name}`, (t) => body(t, fastify));
  }
}

/** An app that `mount` fills around a guard over a cap of 1,000 with 100 reserved. */
async function newApp(t, fastify, mount, { options = {}, server = {} } = {}) {
  const { ak, notices } = newKeys();
  const { key } = await ak.create({ accountId: "acme", budgetCents: 1_000 });
  const app = fastify(server);
  const sessions = [];
  // A server of HTTP/2 waits for its clients before it closes.
  t.after(async () => {
    for (const session of sessions) session.destroy();
    await app.close();
  });
  await mount(app, agentKey(ak, { reserve: 100, ...options }));
  const headers = { authorization: `Bearer ${key}` };
  return {
    app,
    ak,
    key,
    headers,
    notices,
    sessions,
    call: (asked = {}) => app.inject({ url: "/", headers, ...asked }),
    until: (expected) => untilBudget(ak, key, expected),
  };
}

/** The same as a server with real connections. */
async function serveApp(t, ...rest) {
  const served = await newApp(t, ...rest);
  await served.app.ready();
  return { ...served, server: await listen(t, served.app.server) };
}

onBoth("inject, which has no connection, is guarded and paid", async (t, fastify) => {
  const { call, until } = await newApp(t, fastify, (app, preHandler) => {
    app.get("/", { preHandler }, async (request) => [request.agentKey.accountId, request.agentKeyHold.costCents]);
  });
  assert.deepEqual((await call()).json(), ["acme", 100]);
  await until(SETTLED);
  const refusal = await call({ headers: {} });
  assert.deepEqual([refusal.statusCode, refusal.json()], [401, { error: "Missing API key" }]);
  const doubled = await call({ headers: { authorization: ["Bearer a", "Bearer b"] } });
  assert.deepEqual([doubled.statusCode, doubled.json()], [401, { error: "invalid" }]);
});

onBoth("a request that takes no member from the guard: 500, and its money is free", async (t, fastify) => {
  const { call, until } = await newApp(t, fastify, (app, preHandler) => {
    app.decorateRequest("agentKey", { getter: () => "somebody else's" });
    app.get("/", { preHandler }, async () => assert.fail("the handler was reached"));
  });
  assert.equal((await call()).statusCode, 500);
  await until(FREE);
});

for (const hook of ["onRequest", "preValidation", "preHandler"]) {
  onBoth(`an ${hook} hook of the whole app guards every route, also one that is not there`, async (t, fastify) => {
    const { call, until } = await newApp(t, fastify, (app, guard) => {
      app.addHook(hook, guard);
      app.post("/", async (request) => ({ ...request.body, cents: request.agentKeyHold.costCents }));
    });
    const answer = await call({ method: "POST", payload: { text: "ü" } });
    assert.deepEqual(answer.json(), { text: "ü", cents: 100 });
    await until(SETTLED);
    assert.equal((await call({ url: "/elsewhere", headers: {} })).statusCode, 401);
    assert.equal((await call({ url: "/elsewhere" })).statusCode, 404);
    await until({ usedCents: 200, heldCents: 0 });
  });
}

onBoth("a route's schema and hooks leave a refusal as it is, and no handler runs", async (t, fastify) => {
  let didRun = false;
  const { call, ak, key } = await newApp(t, fastify, (app, preHandler) => {
    app.addHook("onSend", async (_request, _reply, payload) => {
      await sleep(20);
      return payload;
    });
    app.addHook("preSerialization", async () => ({ wrapped: true }));
    const answer = { type: "object", properties: { text: { type: "string" } }, required: ["text"] };
    const schema = { response: { 200: answer, "4xx": answer } };
    app.get("/", { preHandler, schema }, async () => {
      didRun = true;
      return { text: "text" };
    });
  });
  await ak.trackUsage(key, { costCents: 950 });
  const refusal = await call();
  assert.deepEqual([refusal.statusCode, refusal.headers["content-type"]], [429, "application/json; charset=utf-8"]);
  const { error, binding } = refusal.json();
  assert.deepEqual([error, binding.limitCents, binding.requestedCents, didRun], ["budget_exceeded", 1_000, 100, false]);
});

for (const [name, fault, status, after] of [
  ["an error", () => new Error("broken"), 500, FREE],
  ["an error of 503", () => Object.assign(new Error("broken"), { statusCode: 503 }), 503, FREE],
  ["an error of 422", () => Object.assign(new Error("broken"), { statusCode: 422 }), 422, SETTLED],
]) {
  onBoth(`a handler that throws ${name}: the answer's status decides`, async (t, fastify) => {
    const { call, until } = await newApp(t, fastify, (app, preHandler) => {
      app.get("/", { preHandler }, async () => {
        throw fault();
      });
    });
    assert.equal((await call()).statusCode, status);
    await until(after);
  });
}

onBoth("a handler of callbacks that answers later", async (t, fastify) => {
  const { call, until } = await newApp(t, fastify, (app, preHandler) => {
    app.get("/", { preHandler }, (request, reply) => {
      setTimeout(async () => {
        await request.agentKeyHold.settle(7);
        reply.send({});
      }, 20);
    });
  });
  assert.equal((await call()).statusCode, 200);
  await until({ usedCents: 7, heldCents: 0 });
});

onBoth("headers that others set stay, and the budget's are added", async (t, fastify) => {
  const mount = (app, preHandler) => {
    app.get("/", { preHandler }, (_request, reply) => reply.header("x-own", "1").send({}));
  };
  const { call } = await newApp(t, fastify, mount, { options: { headers: true } });
  const { headers } = await call();
  assert.deepEqual([headers["x-own"], headers.ratelimit], ["1", '"budget";r=900']);
});

onBoth("a reply that the handler takes over: held until it ends it", async (t, fastify) => {
  let raw;
  const {
    server,
    ak,
    key,
    until: untilFigures,
  } = await serveApp(t, fastify, (app, preHandler) => {
    app.get("/", { preHandler }, async (_request, reply) => {
      reply.hijack();
      raw = reply.raw;
      raw.write("first");
    });
  });
  const outgoing = begin(server, { key });
  const [incoming] = await once(outgoing, "response");
  await once(incoming, "data");
  await sleep(30);
  assert.deepEqual(await budgetOf(ak, key), HELD);
  raw.end("last");
  incoming.resume();
  await untilFigures(SETTLED);
});

onBoth("a reply that the handler took over and the client left: onAbort decides", async (t, fastify) => {
  const mount = (app, preHandler) => {
    app.get("/", { preHandler }, async (_request, reply) => void reply.hijack().raw.write("first"));
  };
  const { server, key, until: untilFigures } = await serveApp(t, fastify, mount, { options: { onAbort: "release" } });
  const outgoing = begin(server, { key });
  outgoing.on("error", () => {});
  const [incoming] = await once(outgoing, "response");
  incoming.on("error", () => {}).destroy();
  await untilFigures(FREE);
});

onBoth("somebody else answers while the guard decides: no handler runs, and nothing is held", async (t, fastify) => {
  let didRun = false;
  const { ak, call } = await newApp(t, fastify, (app, preHandler) => {
    app.addHook("onRequest", (_request, reply, done) => {
      setTimeout(() => reply.code(503).send({ error: "too slow" }), 10);
      done();
    });
    app.get("/", { preHandler }, async () => {
      didRun = true;
    });
  });
  const release = t.mock.method(ak, "release");
  const { reserve } = ak;
  t.mock.method(ak, "reserve", async (...asked) => {
    await sleep(60);
    return reserve.apply(ak, asked);
  });
  assert.equal((await call()).statusCode, 503);
  await until(() => release.mock.callCount() === 1, "the hold is released");
  await sleep(20);
  assert.equal(didRun, false);
});

for (const [name, options, settles, between, after] of [
  ["held while the handler works, and settled in time", {}, true, HELD, { usedCents: 70, heldCents: 0 }],
  ["a hold that the handler leaves open ends with its time", { ttl: "1s" }, false, HELD, FREE],
  ["unsettled decides where it is given", { unsettled: "release" }, false, FREE, FREE],
]) {
  test(`Fastify 5, a handler beyond its handlerTimeout: ${name}`, async (t) => {
    let settled;
    const mount = (app, preHandler) => {
      app.get("/", { preHandler, handlerTimeout: 50 }, async (request) => {
        await sleep(250);
        if (settles) settled = await request.agentKeyHold.settle(70);
        return {};
      });
    };
    const { ak, key, call, until: untilFigures } = await newApp(t, fastify5, mount, { options });
    assert.equal((await call()).statusCode, 503);
    await sleep(50);
    assert.deepEqual(await budgetOf(ak, key), between);
    await untilFigures(after);
    if (settles) assert.equal(settled.late, false);
  });
}

onBoth("two guards of one route: both holds end with the answer", async (t, fastify) => {
  const { call, until } = await newApp(t, fastify, (app, guard) => {
    app.get("/", { preHandler: [guard, guard] }, async () => ({}));
  });
  await call();
  await until({ usedCents: 200, heldCents: 0 });
});

onBoth("reserve is given the request with its body, and unsettled the reply too", async (t, fastify) => {
  const options = {
    reserve: (request) => request.body.cents,
    unsettled: (request, reply) => request.body.cents + reply.statusCode,
  };
  const mount = (app, preHandler) => {
    app.post("/", { preHandler }, (_request, reply) => reply.code(202).send({}));
  };
  const { call, until } = await newApp(t, fastify, mount, { options });
  await call({ method: "POST", payload: { cents: 5 } });
  await until({ usedCents: 207, heldCents: 0 });
});

/** Sends requests down one connection without waiting for an answer. */
function pipeline({ port }, key, count) {
  const socket = connect(port, "127.0.0.1");
  socket.on("error", () => undefined);
  socket.write(`GET / HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${key}\r\n\r\n`.repeat(count));
  return socket;
}

onBoth("pipelined answers are paid one by one", async (t, fastify) => {
  const mount = (app, preHandler) => app.get("/", { preHandler }, async () => ({}));
  const { server, key, until: untilFigures } = await serveApp(t, fastify, mount, { options: { reserve: 10 } });
  const socket = pipeline(server, key, PIPELINED);
  t.after(() => socket.destroy());
  await untilFigures({ usedCents: 10 * PIPELINED, heldCents: 0 });
});

onBoth("a connection that goes gives back the money of every request on it", async (t, fastify) => {
  let running = 0;
  const mount = (app, preHandler) => {
    app.get("/", { preHandler }, () => {
      running += 1;
      return new Promise(() => {});
    });
  };
  const options = { reserve: 10, ttl: "1s" };
  const { server, ak, key, until: untilFigures } = await serveApp(t, fastify, mount, { options });
  const socket = pipeline(server, key, PIPELINED);
  await until(() => running === PIPELINED, "all handlers run");
  assert.deepEqual(await budgetOf(ak, key), { usedCents: 0, heldCents: 10 * PIPELINED });
  socket.destroy();
  // Kept for its time after an abort, and not extended.
  await untilFigures(FREE);
});

onBoth("over HTTP/2: answered and paid, refused, and kept when the stream is left", async (t, fastify) => {
  let works = 0;
  const mount = (app, preHandler) => {
    app.get("/", { preHandler }, async (request) => ({ account: request.agentKey.accountId }));
    app.get("/long", { preHandler }, () => {
      works += 1;
      return new Promise(() => {});
    });
  };
  const { app, headers, sessions, until: untilFigures } = await newApp(t, fastify, mount, { server: { http2: true } });
  const address = await app.listen({ port: 0, host: "127.0.0.1" });
  const session = connectHttp2(address);
  sessions.push(session);
  const ask = async (fields) => {
    const stream = session.request(fields);
    const [{ ":status": status }] = await once(stream, "response");
    let text = "";
    for await (const part of stream.setEncoding("utf8")) text += part;
    return [status, JSON.parse(text)];
  };
  assert.deepEqual(await ask({ ":path": "/", ...headers }), [200, { account: "acme" }]);
  await untilFigures(SETTLED);
  assert.deepEqual(await ask({ ":path": "/" }), [401, { error: "Missing API key" }]);
  const left = session.request({ ":path": "/long", ...headers }).on("error", () => {});
  await until(() => works === 1, "the handler runs");
  left.close();
  await sleep(30);
  await untilFigures({ usedCents: 100, heldCents: 100 });
});

/** One frame of HTTP/2. */
function frame(type, flags, stream, payload) {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head.writeUInt8(type, 3);
  head.writeUInt8(flags, 4);
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

/** A request of HTTP/2 whose fields may be repeated, which no client of Node's would send. */
function http2Request(fields) {
  const text = (value) => Buffer.concat([Buffer.from([value.length]), Buffer.from(value)]);
  const block = fields.map(([name, value]) => Buffer.concat([Buffer.from([0]), text(name), text(value)]));
  const preface = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
  return Buffer.concat([preface, frame(4, 0, 0, Buffer.alloc(0)), frame(1, 5, 1, Buffer.concat(block))]);
}

onBoth("over HTTP/2 the field twice is refused, and reaches no key", async (t, fastify) => {
  const mount = (app, preHandler) => app.get("/", { preHandler }, async () => ({}));
  const { app, ak, key, sessions } = await newApp(t, fastify, mount, { server: { http2: true } });
  const validate = t.mock.method(ak, "validate");
  await app.listen({ port: 0, host: "127.0.0.1" });
  const socket = connect(app.server.address().port, "127.0.0.1").on("error", () => {});
  sessions.push(socket);
  const route = [
    [":method", "GET"],
    [":scheme", "http"],
    [":path", "/"],
    [":authority", "localhost"],
  ];
  const field = ["authorization", `Bearer ${key}`];
  const refused = once(app.server, "stream").then(([stream]) => once(stream, "close").then(() => stream.sentHeaders));
  socket.write(http2Request([...route, field, field]));
  const sent = await refused;
  assert.deepEqual([sent[":status"], sent["www-authenticate"]], [401, 'Bearer error="invalid_token"']);
  assert.equal(validate.mock.callCount(), 0);
});

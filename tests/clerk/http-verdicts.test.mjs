// What an HTTP caller is answered for each thing that Clerk says, or fails to say, on every framework. Whatever goes
// wrong, no handler runs and no row is written.
import assert from "node:assert/strict";
import { onEveryKind, onKind, openRoute } from "./guarded-route.mjs";
import { FAULTS } from "./stub/faults.mjs";

/** For the faults that are waited for; the others have the usual time. */
const TIMEOUTS_MS = { hang: 150, slow: 150 };
const BAD = new Set(["400", "404"]);
/** A right answer that comes late is nothing wrong. */
const RIGHT = new Set(["held"]);

/** Asks once and expects a refusal that left nothing behind. */
async function refused(route, credential, { status, body, headers = {}, request }) {
  const answer = await route.send(credential, request);
  assert.equal(answer.status, status);
  assert.deepEqual(answer.body, body);
  for (const [name, value] of Object.entries(headers)) assert.equal(answer.headers[name], value, name);
  assert.equal(route.ran, 0, "whether the handler ran");
  assert.equal(route.counts.written, 0, "rows written");
  return answer;
}

const badOf = ({ kind }) => ({
  status: 401,
  body: { error: kind.bad },
  headers: { "www-authenticate": 'Bearer error="invalid_token"', "retry-after": undefined },
});

const DOWN = {
  status: 503,
  body: { error: "auth_unavailable" },
  headers: { "www-authenticate": undefined, "retry-after": undefined },
};

for (const fault of Object.keys(FAULTS).filter((name) => !RIGHT.has(name))) {
  onEveryKind(`Clerk's answer goes wrong: ${fault}`, async (t, adapter, kind) => {
    const route = await openRoute(t, adapter, { kind, options: { timeout: TIMEOUTS_MS[fault], reserve: 5 } });
    const { credential } = route.issue();
    const failing = route.stub.fail(fault, { ms: 600 });
    await refused(route, credential, BAD.has(fault) ? badOf(route) : DOWN);
    assert.deepEqual(route.codes(), BAD.has(fault) ? [] : ["identity_unavailable"]);
    for (const { message } of route.notices) {
      assert.ok(!message.includes(credential) && !message.includes(route.stub.secretKey), "a notice tells no secret");
    }
    failing.stop();
    if (fault === "404") return assert.equal((await route.send(credential)).status, 401, "an unknown one stays so");
    assert.equal((await route.send(credential)).status, 200, "a fault is not remembered");
  });
}

for (const [status, retryAfter] of [
  [429, 7],
  [429, 0],
  [503, 7],
]) {
  onEveryKind(`Clerk refuses with ${status} until ${retryAfter} s have passed`, async (t, adapter, kind) => {
    const route = await openRoute(t, adapter, { kind });
    route.stub.fail(status, { retryAfter });
    const headers = { "retry-after": String(retryAfter) };
    await refused(route, route.issue().credential, { ...DOWN, headers });
  });
}

onEveryKind("Clerk cannot be reached", async (t, adapter, kind) => {
  const route = await openRoute(t, adapter, { kind });
  const { credential } = route.issue();
  await route.stub.stop();
  await refused(route, credential, DOWN);
});

onEveryKind("the application's own key is wrong", async (t, adapter, kind) => {
  const route = await openRoute(t, adapter, { kind });
  route.stub.fail(401);
  await refused(route, route.issue().credential, DOWN);
});

for (const [what, thrown] of Object.entries({
  "an Error": new Error("Bearer sk_test_secret"),
  nothing: undefined,
  null: null,
  "a string": "sk_test_secret",
  "what throws when it is read": new Proxy({}, { get: () => assert.fail("sk_test_secret") }),
})) {
  onEveryKind(`the client throws ${what}`, async (t, adapter, kind) => {
    const verify = () => Promise.reject(thrown);
    const clerkClient = { apiKeys: { verify }, m2m: { verify } };
    const route = await openRoute(t, adapter, { kind, options: { clerkClient } });
    await refused(route, "tok", { ...DOWN, status: 500 });
    assert.deepEqual(route.codes(), ["auth_unavailable"]);
    assert.ok(route.notices.every(({ message }) => !message.includes("sk_test_secret")));
  });
}

onEveryKind("an unknown credential, asked once", async (t, adapter, kind) => {
  const route = await openRoute(t, adapter, { kind });
  for (let call = 0; call < 3; call += 1) await refused(route, "tok", badOf(route));
  assert.equal(route.verifies(), 1);
});

for (const ended of ["answer", "refusal"]) {
  onEveryKind(`a revoked credential, of which Clerk says so by ${ended}`, async (t, adapter, kind) => {
    const route = await openRoute(t, adapter, { kind, ended });
    const { id, credential } = route.issue();
    route.kind.revoke(route.stub, id);
    await refused(route, credential, badOf(route));
  });

  onEveryKind(`an expired credential, of which Clerk says so by ${ended}`, async (t, adapter, kind) => {
    const route = await openRoute(t, adapter, { kind, ended });
    const { credential } = route.issue({ expiration: Date.now() - 1 });
    await refused(route, credential, badOf(route));
  });
}

const AUTHORIZATIONS = [
  ["no header", [], "missing"],
  ["an empty one", [""], "missing"],
  ["another scheme", ["Basic KEY"], "missing"],
  ["the scheme alone", ["Bearer"], "missing"],
  ["two headers", ["Bearer KEY", "Bearer KEY"], "bad"],
  ["two headers of two schemes", ["Basic KEY", "Bearer KEY"], "bad"],
  ["two credentials in one", ["Bearer KEY KEY"], "bad"],
  ["5,000 characters", [`Bearer ak_${"k".repeat(5_000)}`], "bad"],
];

onEveryKind("headers about which nobody is asked", async (t, adapter, kind) => {
  const route = await openRoute(t, adapter, { kind, maxHeaderSize: 100_000 });
  const { credential } = route.issue();
  for (const [name, fields, expected] of AUTHORIZATIONS) {
    const headers = [
      "host",
      "127.0.0.1",
      ...fields.flatMap((field) => ["authorization", field.replaceAll("KEY", credential)]),
    ];
    const missing = { status: 401, body: { error: route.kind.missing }, headers: { "www-authenticate": "Bearer" } };
    const wanted = expected === "missing" ? missing : badOf(route);
    await refused(route, undefined, { ...wanted, request: { headers } }).catch((cause) => {
      throw new Error(name, { cause });
    });
  }
  assert.equal(route.stub.requests.length, 0);
});

const jwtOf = (stub) => stub.addToken({ format: "jwt" }).token;

for (const [what, kind, credentialOf] of [
  ["an M2M token where an API key is due", "apiKey", (stub) => stub.addToken().token],
  ["an OAuth token where an API key is due", "apiKey", () => "oat_1"],
  ["a JWT where an API key is due", "apiKey", jwtOf],
  ["an API key where an M2M token is due", "m2m", (stub) => stub.addApiKey().secret],
  ["an OAuth token where an M2M token is due", "m2m", () => "oat_1"],
  ["a JWT where none is taken", "m2m", jwtOf],
]) {
  onKind(kind, `${what}: nobody is asked`, async (t, adapter) => {
    const route = await openRoute(t, adapter, { kind });
    await refused(route, credentialOf(route.stub), badOf(route));
    assert.equal(route.stub.requests.length, 0);
  });
}

onEveryKind("with strictPrefix an unknown shape asks nobody", async (t, adapter, kind) => {
  const route = await openRoute(t, adapter, { kind, options: { strictPrefix: true } });
  await refused(route, "tok", badOf(route));
  assert.equal(route.stub.requests.length, 0);
  assert.equal((await route.send(route.issue().credential)).status, 200);
});

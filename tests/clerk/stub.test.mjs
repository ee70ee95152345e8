// The stub itself: what it knows, what it takes, and that the real SDK takes what it gives.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { clientOf, machineClientOf } from "./client.mjs";
import { ClerkStub } from "./stub/index.mjs";

const HOUR_MS = 3_600_000;
const T0 = Date.UTC(2026, 0, 1);

let stub;
let now = T0;
before(async () => {
  stub = await ClerkStub.start({ now: () => now });
});
after(() => stub.stop());

describe("what the real SDK asks is answered", () => {
  test("an API key: made, verified, revoked", async () => {
    const clerk = clientOf(stub);
    const fields = { name: "CI", subject: "org_1", scopes: ["read"], claims: { plan: "pro" } };
    const made = await clerk.apiKeys.create({ ...fields, secondsUntilExpiration: 3_600 });
    const verified = await clerk.apiKeys.verify(made.secret);
    const { id, name, subject, scopes, claims, revoked, expired, expiration, secret } = verified;
    assert.deepEqual({ name, subject, scopes, claims }, fields);
    assert.deepEqual(
      { id, revoked, expired, secret },
      { id: made.id, revoked: false, expired: false, secret: undefined },
    );
    assert.equal(expiration, now + HOUR_MS);
    assert.equal((await clerk.apiKeys.revoke({ apiKeyId: id, revocationReason: "left" })).revocationReason, "left");
    assert.equal((await clerk.apiKeys.verify(made.secret)).revoked, true);
  });

  test("at its expiration a credential has expired, and not a millisecond before", async () => {
    const { secret } = stub.addApiKey({ expiration: now + 1 });
    assert.equal((await clientOf(stub).apiKeys.verify(secret)).expired, false);
    now += 1;
    assert.equal((await clientOf(stub).apiKeys.verify(secret)).expired, true);
  });

  test("a machine and its tokens: made, verified by whom they are for, listed, revoked", async () => {
    const clerk = clientOf(stub);
    const to = await clerk.machines.create({ name: "to" });
    const from = await clerk.machines.create({ name: "from", scopedMachines: [to.id], defaultTokenTtl: 60 });
    assert.deepEqual(
      from.scopedMachines.map(({ id }) => id),
      [to.id],
    );
    const sender = machineClientOf(stub, from.secretKey);
    const made = await sender.m2m.createToken({ claims: { run: 1 } });
    assert.equal(made.expiration, now + 60_000);
    assert.deepEqual([made.subject, made.scopes, made.claims], [from.id, [to.id], { run: 1 }]);
    const receiver = machineClientOf(stub, to.secretKey);
    for (const verifier of [receiver, clerk]) {
      const { id, subject, token } = await verifier.m2m.verify({ token: made.token });
      assert.deepEqual([id, subject, token], [made.id, from.id, undefined]);
    }
    await assert.rejects(sender.m2m.verify({ token: made.token }), { status: 404 }, "it is not for the sender");
    assert.equal((await sender.m2m.list({ subject: from.id })).totalCount, 1);
    await assert.rejects(receiver.m2m.list({ subject: from.id }), { status: 403 });
    await assert.rejects(receiver.m2m.revokeToken({ m2mTokenId: made.id }), { status: 404 });
    assert.equal((await sender.m2m.revokeToken({ m2mTokenId: made.id })).revoked, true);
    assert.equal((await receiver.m2m.verify({ token: made.token })).revoked, true);
    assert.equal((await clerk.m2m.list({ subject: from.id })).totalCount, 0);
    assert.equal((await clerk.m2m.list({ subject: from.id, revoked: true })).totalCount, 1);
  });

  test("a token that lives long enough is given again, if its claims are the same", async () => {
    const machine = stub.addMachine();
    const { m2m } = machineClientOf(stub, machine.secretKey);
    const ask = (minRemainingTtlSeconds, claims = { a: 1 }) =>
      m2m.createToken({ secondsUntilExpiration: 100, claims, minRemainingTtlSeconds });
    const first = await ask(50);
    now += 50_000;
    assert.equal((await ask(50)).token, first.token);
    assert.notEqual((await ask(50, { a: 2 })).id, first.id);
    assert.notEqual((await ask(undefined)).id, first.id);
    assert.notEqual((await ask(51)).id, first.id);
    await assert.rejects(ask(100), { status: 400 }, "no token could ever live so long");
  });

  test("a JWT is neither listed nor revoked", async () => {
    const machine = stub.addMachine();
    const { m2m } = machineClientOf(stub, machine.secretKey);
    const { id, token } = await m2m.createToken({ tokenFormat: "jwt", claims: { plan: "pro" } });
    assert.equal(token.split(".").length, 3);
    assert.equal((await m2m.list({ subject: machine.id })).totalCount, 0);
    await assert.rejects(m2m.revokeToken({ m2mTokenId: id }), { status: 404 });
    await assert.rejects(m2m.createToken({ tokenFormat: "jwt", claims: { sub: "mch_other" } }), { status: 422 });
  });

  test("a machine's key rotates, and the one before works until its time is over", async () => {
    const clerk = clientOf(stub);
    const { id, secretKey } = stub.addMachine();
    const { secret } = await clerk.machines.rotateSecretKey({ machineId: id, previousTokenTtl: 60 });
    assert.equal((await clerk.machines.getSecretKey(id)).secret, secret);
    await machineClientOf(stub, secretKey).m2m.createToken();
    await machineClientOf(stub, secret).m2m.createToken();
    now += 60_000;
    await assert.rejects(machineClientOf(stub, secretKey).m2m.createToken(), { status: 401 });
    await machineClientOf(stub, secret).m2m.createToken();
    await assert.rejects(clerk.machines.rotateSecretKey({ machineId: id, previousTokenTtl: 28_801 }), { status: 422 });
  });

  test("scopes between machines come and go", async () => {
    const clerk = clientOf(stub);
    const [a, b] = [stub.addMachine(), stub.addMachine()];
    assert.equal((await clerk.machines.createScope(a.id, b.id)).toMachineId, b.id);
    assert.equal((await clerk.machines.get(a.id)).scopedMachines.length, 1);
    await clerk.machines.deleteScope(a.id, b.id);
    await assert.rejects(clerk.machines.deleteScope(a.id, b.id), { status: 404 });
  });
});

describe("what is asked wrongly is refused", () => {
  const HEADERS = { "content-type": "application/json", "clerk-api-version": "2026-05-12" };
  const ask = async (method, path, { body, headers = {}, secret = stub.secretKey } = {}) => {
    const all = { ...HEADERS, authorization: `Bearer ${secret}`, ...headers };
    const sent = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
    const answer = await fetch(stub.url + path, { method, body, headers: sent });
    const { errors } = await answer.json();
    assert.ok(errors === undefined || errors[0].long_message.length > 0);
    return [answer.status, errors?.[0].code];
  };
  const verify = (options) => ask("POST", "/api_keys/verify", options);
  const body = () => JSON.stringify({ secret: stub.addApiKey().secret });

  const CASES = [
    ["the right request", () => verify({ body: body() }), [200, undefined]],
    ["no key", () => verify({ body: body(), headers: { authorization: undefined } }), [401, "clerk_key_invalid"]],
    [
      "another scheme",
      () => verify({ body: body(), headers: { authorization: "Basic x" } }),
      [401, "clerk_key_invalid"],
    ],
    ["an unknown key", () => verify({ body: body(), secret: "sk_test_no" }), [401, "clerk_key_invalid"]],
    [
      "a machine's key where the instance's is due",
      () => verify({ body: body(), secret: stub.machineSecretKey }),
      [403, "authorization_invalid"],
    ],
    [
      "the instance's key where a machine's is due",
      () => ask("POST", "/m2m_tokens", { body: "{}" }),
      [403, "authorization_invalid"],
    ],
    [
      "no version",
      () => verify({ body: body(), headers: { "clerk-api-version": undefined } }),
      [400, "api_version_invalid"],
    ],
    [
      "another content type",
      () => verify({ body: body(), headers: { "content-type": "text/plain" } }),
      [415, "unsupported_content_type"],
    ],
    ["an unknown path", () => ask("POST", "/v1/nonsense"), [404, "endpoint_not_found"]],
    [
      "a known path below another version",
      () => ask("POST", "/v1/api_keys/verify", { body: body() }),
      [404, "endpoint_not_found"],
    ],
    ["another method", () => ask("PUT", "/api_keys/verify", { body: body() }), [405, "method_not_allowed"]],
    ["no body", () => verify(), [422, "form_param_missing"]],
    ["a body that is no JSON", () => verify({ body: "{" }), [400, "request_body_invalid"]],
    ["a body that is no object", () => verify({ body: "[]" }), [400, "request_body_invalid"]],
    ["an unknown field", () => verify({ body: '{"secret":"x","also":1}' }), [422, "form_param_unknown"]],
    ["a field of another type", () => verify({ body: '{"secret":1}' }), [422, "form_param_format_invalid"]],
    ["an unknown secret", () => verify({ body: '{"secret":"ak_no"}' }), [404, "resource_not_found"]],
    ["a secret of 5 kB", () => verify({ body: JSON.stringify({ secret: "a".repeat(5_000) }) }), [400, "bad_request"]],
    ["a path that cannot be decoded", () => ask("POST", "/m2m_tokens/%zz/revoke"), [400, "bad_request"]],
    ["an unknown query", () => ask("GET", "/m2m_tokens?subject=mch_1&x=1"), [422, "form_param_unknown"]],
  ];
  for (const [title, run, wanted] of CASES) {
    test(title, async () => assert.deepEqual(await run(), wanted));
  }

  test("a fault that there is not is an error of the test", () => {
    assert.throws(() => stub.fail("typo"), /no fault "typo"; there are: /);
  });
});

describe("what was asked is recorded", () => {
  test("with whose key it was, the body and the fault", async () => {
    stub.requests.length = 0;
    const { id, secret } = stub.addApiKey();
    stub.fail(429, { times: 1, path: "/api_keys/verify" });
    await clientOf(stub)
      .apiKeys.verify(secret)
      .catch(() => {});
    await machineClientOf(stub)
      .m2m.revokeToken({ m2mTokenId: id })
      .catch(() => {});
    const common = { method: "POST", query: {} };
    assert.deepEqual(stub.requests, [
      {
        ...common,
        path: "/api_keys/verify",
        body: { secret },
        authorizedBy: "instance",
        machine: undefined,
        fault: "429",
        status: 200,
      },
      {
        ...common,
        path: `/m2m_tokens/${id}/revoke`,
        body: { revocation_reason: null },
        authorizedBy: "machine",
        machine: stub.machineId,
        fault: undefined,
        status: 404,
      },
    ]);
  });

  test("an instance may refuse what has ended instead of showing it", async () => {
    const other = await ClerkStub.start({ ended: "refusal" });
    try {
      const { secret } = other.addApiKey({ revoked: true });
      await assert.rejects(clientOf(other).apiKeys.verify(secret), { status: 400 });
    } finally {
      await other.stop();
    }
  });
});

// The life of machine-to-machine tokens, on the real SDK and the stub.
import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { createM2M } from "keyrail/clerk";
import { clientOf, machineClientOf } from "./client.mjs";
import { ClerkStub } from "./stub/index.mjs";

const T0 = Date.UTC(2026, 0, 1);
let now;
let stub;
beforeEach(async () => {
  now = T0;
  stub = await ClerkStub.start({ now: () => now });
});
afterEach(() => stub.stop());

const clock = () => now;
const m2mOf = (clerkClient, options = {}) => createM2M({ clerkClient, clock, ...options });
const INVALID = { valid: false, reason: "invalid_token" };

describe("create", () => {
  test("makes an opaque token with the machine's key", async () => {
    const m2m = m2mOf(machineClientOf(stub));
    const created = await m2m.create({ secondsUntilExpiration: 60, claims: { run: 7 } });
    assert.match(created.token, /^mt_/);
    assert.deepEqual([created.subject, created.claims, created.expiration], [stub.machineId, { run: 7 }, T0 + 60_000]);
    const [{ path, body, authorizedBy, machine }] = stub.requests;
    assert.deepEqual([path, authorizedBy, machine], ["/m2m_tokens", "machine", stub.machineId]);
    assert.deepEqual(body, { seconds_until_expiration: 60, claims: { run: 7 }, token_format: "opaque" });
  });

  test("makes one of another machine with that machine's key, on any client", async () => {
    const { id, secretKey } = stub.addMachine();
    const m2m = m2mOf(clientOf(stub), { machineSecretKey: secretKey });
    assert.equal((await m2m.create()).subject, id);
  });

  test("gives a token again that lives long enough, and pays for one", async () => {
    const m2m = m2mOf(machineClientOf(stub));
    const asked = { secondsUntilExpiration: 100, minRemainingTtlSeconds: 30 };
    const first = await m2m.create(asked);
    now += 70_000;
    assert.equal((await m2m.create(asked)).token, first.token);
    now += 1;
    assert.notEqual((await m2m.create(asked)).token, first.token);
  });

  test("makes a JWT", async () => {
    const { token, expiration } = await m2mOf(machineClientOf(stub)).create({
      tokenFormat: "jwt",
      secondsUntilExpiration: 9,
    });
    assert.equal(token.split(".").length, 3);
    assert.equal(expiration, T0 + 9_000);
  });

  for (const params of [
    { tokenFormat: "paseto" },
    { secondsUntilExpiration: 0 },
    { secondsUntilExpiration: 1.5 },
    { secondsUntilExpiration: "60" },
    { minRemainingTtlSeconds: -1 },
    { minRemainingTtlSeconds: Number.NaN },
    { minRemainingTtlSeconds: 60, secondsUntilExpiration: 60 },
    { minRemainingTtlSeconds: 1, tokenFormat: "jwt" },
    { claims: [] },
    { claims: "admin" },
  ]) {
    test(`refuses ${JSON.stringify(params)} unasked`, async () => {
      await assert.rejects(m2mOf(machineClientOf(stub)).create(params), { code: "invalid_option" });
      assert.equal(stub.requests.length, 0);
    });
  }
});

describe("verify", () => {
  test("with a machine's key takes only what is meant for that machine", async () => {
    const to = stub.addMachine();
    const from = stub.addMachine({ scopedTo: [to.id] });
    const { id, token } = stub.addToken({ machine: from.id });
    const verified = await m2mOf(machineClientOf(stub, to.secretKey)).verify(token);
    assert.deepEqual([verified.valid, verified.token.id, verified.token.subject], [true, id, from.id]);
    assert.deepEqual(await m2mOf(machineClientOf(stub, from.secretKey)).verify(token), INVALID);
    assert.deepEqual(
      stub.requests.map(({ machine }) => machine),
      [to.id, from.id],
    );
  });

  test("with the instance's key takes every machine's", async () => {
    const { token } = stub.addToken({ machine: stub.addMachine().id });
    assert.equal((await m2mOf(clientOf(stub)).verify(token)).valid, true);
    assert.equal(stub.requests[0].authorizedBy, "instance");
  });

  test("what one key may see another learns nothing of, on the same client", async () => {
    const { secretKey } = stub.addMachine();
    const clerkClient = clientOf(stub);
    const { id, token } = stub.addToken();
    const everybodys = m2mOf(clerkClient);
    const others = m2mOf(clerkClient, { machineSecretKey: secretKey });
    assert.equal((await everybodys.verify(token)).valid, true);
    assert.deepEqual(await others.verify(token), INVALID);
    assert.equal((await everybodys.verify(token)).valid, true);
    await assert.rejects(others.revoke(id), { code: "not_found" });
    assert.deepEqual(await everybodys.verify(token), INVALID, "a revoke counts for all on the client");
  });

  test("offline with a jwtKey asks nobody", async () => {
    const { token } = stub.addToken({
      format: "jwt",
      ttlSeconds: 10 ** 9,
      claims: { scopes: "admin all", aud: ["mch_x"] },
    });
    const m2m = m2mOf(clientOf(stub, { jwtKey: stub.jwtKey }), { formats: ["opaque", "jwt"] });
    const verified = await m2m.verify(token);
    assert.equal(verified.valid, true);
    assert.deepEqual(verified.token.scopes, [], "its scopes are its sender's words");
    assert.deepEqual(verified.token.claims, { scopes: "admin all", aud: ["mch_x"] });
    assert.equal(stub.requests.length, 0);
  });

  test("takes no JWT unless it is told to", async () => {
    const { token } = stub.addToken({ format: "jwt", ttlSeconds: 10 ** 9 });
    assert.deepEqual(await m2mOf(clientOf(stub, { jwtKey: stub.jwtKey })).verify(token), INVALID);
    assert.equal(stub.requests.length, 0);
  });

  test("takes only the machines on its list", async () => {
    const { id } = stub.addMachine();
    const { token } = stub.addToken({ machine: id });
    const clerkClient = clientOf(stub);
    assert.equal((await m2mOf(clerkClient, { machines: [id] }).verify(token)).valid, true);
    assert.deepEqual(await m2mOf(clerkClient, { machines: ["mch_other"] }).verify(token), INVALID);
  });

  test("asks once for many at a time, and again when the answer is too old", async () => {
    const { token } = stub.addToken({ expiration: null });
    const m2m = m2mOf(clientOf(stub), { cacheTtl: "5s" });
    const all = await Promise.all(Array.from({ length: 100 }, () => m2m.verify(token)));
    assert.ok(all.every(({ valid }) => valid));
    now += 4_999;
    await m2m.verify(token);
    assert.equal(stub.requests.length, 1);
    now += 1;
    await m2m.verify(token);
    assert.equal(stub.requests.length, 2);
  });

  test("at its expiration a token is bad, also from the cache", async () => {
    const { token } = stub.addToken({ ttlSeconds: 10 });
    const m2m = m2mOf(clientOf(stub));
    now += 9_999;
    assert.equal((await m2m.verify(token)).valid, true);
    now += 1;
    assert.deepEqual(await m2m.verify(token), INVALID);
    assert.equal(stub.requests.length, 1);
  });

  for (const token of ["", " ", "mt_ 1", "ak_1", "x".repeat(5_000), undefined, null, 1, {}]) {
    test(`is false for ${JSON.stringify(token)?.slice(0, 20)}, unasked`, async () => {
      assert.deepEqual(await m2mOf(clientOf(stub)).verify(token), INVALID);
      assert.equal(stub.requests.length, 0);
    });
  }
});

describe("revoke", () => {
  let m2m;
  beforeEach(() => {
    m2m = m2mOf(clientOf(stub));
  });

  test("ends a token here and there", async () => {
    const { id, token } = stub.addToken();
    assert.equal((await m2m.verify(token)).valid, true);
    await m2m.revoke(id, "its machine is gone");
    assert.deepEqual(await m2m.verify(token), INVALID);
    assert.equal(stub.askedFor("/m2m_tokens/verify").length, 1, "no question is needed to know");
    const [{ body }] = stub.askedFor(`/m2m_tokens/${id}/revoke`);
    assert.deepEqual(body, { revocation_reason: "its machine is gone" });
  });

  test("is not undone by an answer that was on its way", async () => {
    const { id, token } = stub.addToken();
    const fault = stub.fail("held", { times: 1, path: "/m2m_tokens/verify" });
    const verified = m2m.verify(token);
    await fault.caught;
    await m2m.revoke(id);
    fault.release();
    assert.deepEqual(await verified, INVALID);
    assert.deepEqual(await m2m.verify(token), INVALID);
  });

  test("holds here at once, also if Clerk does not answer", async () => {
    const { id, token } = stub.addToken();
    await m2m.verify(token);
    const fault = stub.fail(500, { path: `/m2m_tokens/${id}/revoke` });
    await assert.rejects(m2m.revoke(id), { code: "identity_unavailable" });
    assert.deepEqual(await m2m.verify(token), INVALID);
    fault.stop();
    await m2m.revoke(id);
  });

  for (const id of ["", "../machines", "mt_1/revoke", "mt 1", "a".repeat(300), undefined, 7]) {
    test(`refuses ${JSON.stringify(id)?.slice(0, 20)} for an id, unasked`, async () => {
      await assert.rejects(m2m.revoke(id), { code: "invalid_option" });
      assert.equal(stub.requests.length, 0);
    });
  }
});

test("list gives the tokens of a machine, page by page", async () => {
  const m2m = m2mOf(clientOf(stub));
  const ids = [stub.addToken(), stub.addToken(), stub.addToken({ ttlSeconds: 1 })].map(({ id }) => id);
  stub.revokeToken(ids[0]);
  now += 1_000;
  const list = async (params = {}) => {
    const { data, totalCount } = await m2m.list({ subject: stub.machineId, ...params });
    return [data.map(({ id }) => id), totalCount];
  };
  assert.deepEqual(await list(), [[ids[1]], 1]);
  assert.deepEqual(await list({ revoked: true }), [[ids[1], ids[0]], 2]);
  assert.deepEqual(await list({ revoked: true, expired: true, limit: 1, offset: 1 }), [[ids[1]], 3]);
  await assert.rejects(m2m.list(), { code: "invalid_option" });
});

describe("rotate", () => {
  const machineM2M = (options) => m2mOf(clientOf(stub, { machineSecretKey: stub.machineSecretKey }), options);

  test("without a grace ends the one before", async () => {
    const m2m = machineM2M();
    const first = await m2m.create({ secondsUntilExpiration: 600 });
    const { created, previous } = await m2m.rotate(first, { secondsUntilExpiration: 600 });
    assert.deepEqual(previous, { id: first.id, endsAt: T0, end: "revoked" });
    assert.deepEqual(await m2m.verify(first.token), INVALID);
    assert.equal((await m2m.verify(created.token)).valid, true);
    assert.equal(stub.askedFor(`/m2m_tokens/${first.id}/revoke`).length, 1);
  });

  test("leaves to its expiry what ends within the grace", async () => {
    const m2m = machineM2M();
    const first = await m2m.create({ secondsUntilExpiration: 600 });
    now += 400_000;
    const { previous } = await m2m.rotate(first, { grace: "5m" });
    assert.deepEqual(previous, { id: first.id, endsAt: T0 + 600_000, end: "expires" });
    assert.equal((await m2m.verify(first.token)).valid, true);
    now = T0 + 600_000;
    assert.deepEqual(await m2m.verify(first.token), INVALID);
    assert.equal(stub.askedFor(`/m2m_tokens/${first.id}/revoke`).length, 0);
  });

  test("ends it after the grace with whatever is called next", async () => {
    const m2m = machineM2M();
    const first = await m2m.create();
    const { previous } = await m2m.rotate({ id: first.id }, { grace: "5m" });
    assert.deepEqual(previous, { id: first.id, endsAt: T0 + 300_000, end: "pending" });
    now += 299_999;
    assert.equal((await m2m.verify(first.token)).valid, true);
    now += 1;
    assert.deepEqual(await m2m.verify(first.token), INVALID);
    await until(() => stub.askedFor(`/m2m_tokens/${first.id}/revoke`).length === 1);
  });

  test("ends it by itself while the process lives", async () => {
    const m2m = createM2M({ clerkClient: machineClientOf(stub) });
    const first = await m2m.create();
    await m2m.rotate({ id: first.id }, { grace: 30 });
    await until(() => stub.askedFor(`/m2m_tokens/${first.id}/revoke`).length === 1);
  });

  test("tries again when a revoke fails, and says so", async () => {
    const events = [];
    const m2m = machineM2M({ onEvent: (event) => events.push(event) });
    const first = await m2m.create();
    const revoke = `/m2m_tokens/${first.id}/revoke`;
    const fault = stub.fail(503, { path: revoke });
    const { created, previous } = await m2m.rotate(first);
    assert.equal((await m2m.verify(created.token)).valid, true, "the new token is given all the same");
    assert.deepEqual([previous.end, events.length], ["pending", 1]);
    assert.deepEqual([events[0].type, events[0].code], ["notice", "token_not_revoked"]);
    assert.deepEqual(await m2m.verify(first.token), INVALID);
    assert.equal(stub.askedFor(revoke).length, 1, "not at once");
    fault.stop();
    now += 5_000;
    await m2m.verify(created.token);
    await until(() => stub.askedFor(revoke).length === 2);
    await sleep(20);
    now += 5_000;
    await m2m.verify(created.token);
    await sleep(20);
    assert.equal(stub.askedFor(revoke).length, 2, "it is done");
  });

  test("a clock that fails as the grace ends: told, and ended with whatever is called next", async () => {
    const events = [];
    let isBroken = false;
    const failing = () => (isBroken ? assert.fail("no time") : now);
    const m2m = machineM2M({ onEvent: (event) => events.push(event), clock: failing });
    const first = await m2m.create();
    const { created } = await m2m.rotate({ id: first.id }, { grace: 30 });
    isBroken = true;
    await until(() => events.length === 1);
    assert.equal(events[0].code, "token_not_revoked");
    isBroken = false;
    now += 30;
    await m2m.verify(created.token);
    await until(() => stub.askedFor(`/m2m_tokens/${first.id}/revoke`).length === 1);
  });

  test("tries only once to revoke what cannot be, as no JWT can", async () => {
    const events = [];
    const m2m = machineM2M({ onEvent: (event) => events.push(event), formats: ["jwt"] });
    const asked = { tokenFormat: "jwt", secondsUntilExpiration: 60 };
    const first = await m2m.create(asked);
    const { previous } = await m2m.rotate(first, asked);
    assert.deepEqual(previous, { id: first.id, endsAt: T0 + 60_000, end: "refused" });
    now += 10_000;
    await m2m.create(asked);
    await sleep(20);
    assert.equal(stub.askedFor(`/m2m_tokens/${first.id}/revoke`).length, 1);
    assert.deepEqual(
      events.map(({ code, message }) => [code, message.includes(first.id)]),
      [["token_not_revoked", true]],
    );
  });

  test("revokes nothing twice that was revoked by hand meanwhile", async () => {
    const m2m = machineM2M();
    const first = await m2m.create();
    const { created } = await m2m.rotate({ id: first.id }, { grace: "5m" });
    await m2m.revoke(first.id);
    now += 300_000;
    await m2m.verify(created.token);
    await sleep(20);
    assert.equal(stub.askedFor(`/m2m_tokens/${first.id}/revoke`).length, 1);
  });

  test("a listener that fails does no harm", async () => {
    const onEvent = () => {
      throw new Error("its own fault");
    };
    const m2m = machineM2M({ onEvent });
    const { created } = await m2m.rotate({ id: "mt_unknown" });
    assert.equal((await m2m.verify(created.token)).valid, true);
  });

  test("asks for no token that may be the one before, and for no grace beyond Clerk's", async () => {
    const m2m = machineM2M();
    const { id } = stub.addToken();
    for (const params of [{ minRemainingTtlSeconds: 1 }, { grace: "9h" }, { grace: -1 }, { grace: "soon" }]) {
      await assert.rejects(m2m.rotate({ id }, params), { code: "invalid_option" });
    }
    await assert.rejects(m2m.rotate(undefined), { code: "invalid_option" });
    await assert.rejects(m2m.rotateMachineKey(), { code: "invalid_option" });
    await assert.rejects(m2m.rotateMachineKey({ machineId: "mch_1", grace: "9h" }), { code: "invalid_option" });
    assert.equal(stub.requests.length, 0);
  });

  test("makes nothing end when there is no new token", async () => {
    const m2m = machineM2M();
    const first = await m2m.create();
    stub.fail(500, { path: "/m2m_tokens", times: 1 });
    await assert.rejects(m2m.rotate(first), { code: "identity_unavailable" });
    assert.equal((await m2m.verify(first.token)).valid, true);
  });
});

describe("rotateMachineKey", () => {
  test("gives a new key, and Clerk takes the one before for the grace", async () => {
    const { id, secretKey: before } = stub.addMachine();
    const { secretKey } = await m2mOf(clientOf(stub)).rotateMachineKey({ machineId: id, grace: "1h" });
    const { body, authorizedBy } = stub.requests.at(-1);
    assert.deepEqual([body, authorizedBy], [{ previous_token_ttl: 3_600 }, "instance"]);
    const make = (key) => m2mOf(machineClientOf(stub, key)).create();
    await make(before);
    await make(secretKey);
    now += 3_600_000;
    await assert.rejects(make(before), { code: "clerk_unauthorized" });
    await make(secretKey);
  });

  test("without a grace the one before is taken no more", async () => {
    const { id, secretKey: before } = stub.addMachine();
    await m2mOf(clientOf(stub)).rotateMachineKey({ machineId: id });
    assert.equal(stub.requests.at(-1).body.previous_token_ttl, 0);
    await assert.rejects(m2mOf(machineClientOf(stub, before)).create(), { code: "clerk_unauthorized" });
  });
});

async function until(holds) {
  const deadline = Date.now() + 5_000;
  while (!holds()) {
    assert.ok(Date.now() < deadline, "it did not come");
    await sleep(2);
  }
}

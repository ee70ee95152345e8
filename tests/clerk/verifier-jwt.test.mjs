// JWTs before the real SDK: which are bad, and when it is the keys that cannot be had.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { verifier } from "../../npm/keyrail/dist/clerk/verifier.js";
import { clientOf, machineClientOf } from "./client.mjs";
import { CATEGORIES, ClerkStub } from "./stub/index.mjs";

/** The SDK repeats a fetch of the keys for several seconds; the message is to tell, not the deadline. */
const PATIENT_MS = 60_000;

const verifierOf = (clerk, settings) =>
  verifier({
    kind: "m2m",
    client: clerk,
    verify: (token) => clerk.m2m.verify({ token }),
    now: Date.now,
    cacheTtlMs: 60_000,
    timeoutMs: PATIENT_MS,
    strictPrefix: false,
    formats: ["opaque", "jwt"],
    ...settings,
  });

const jwtOf = (stub, payload, header) => {
  const now = Math.floor(Date.now() / 1_000);
  return stub.signJwt({ sub: stub.machineId, iat: now, exp: now + 60, jti: "mt_1", ...payload }, header);
};

/** A JWT with this for its header or its payload, and another's signature. */
const forged = (token, { header, payload }) => {
  const [itsHeader, itsPayload, signature] = token.split(".");
  const encoded = (value, itself) => (value === undefined ? itself : Buffer.from(value).toString("base64url"));
  return [encoded(header, itsHeader), encoded(payload, itsPayload), signature].join(".");
};

describe("a JWT", () => {
  let stub;
  before(async () => {
    stub = await ClerkStub.start();
  });
  after(() => stub.stop());

  const CLIENTS = {
    "with a jwtKey alone": () => clientOf(stub, { jwtKey: stub.jwtKey }),
    "with fetched keys": () => clientOf(stub),
  };
  const past = Math.floor(Date.now() / 1_000) - 60;
  const sub = '{"sub":"mch_1"}';
  const BAD = {
    "that is expired": () => jwtOf(stub, { exp: past }),
    "that is not good yet": () => jwtOf(stub, { nbf: past + 3_600 }),
    "of a session": () => jwtOf(stub, {}, { cat: CATEGORIES.session }),
    "whose payload was changed": () => forged(jwtOf(stub), { payload: sub }),
    "without a signature": () => jwtOf(stub).replace(/[^.]+$/, "AA"),
    "without an algorithm": () => forged(jwtOf(stub), { header: '{"alg":"none","typ":"JWT"}' }),
    ...Object.fromEntries(
      ["RS512", "HS256", "ES256", "__proto__", {}, null].map((alg) => [
        `of the algorithm ${JSON.stringify(alg)}`,
        () => jwtOf(stub, {}, { alg }),
      ]),
    ),
    ...Object.fromEntries(
      ["no such key", "__proto__", "constructor", {}, null, "fetch failed"].map((kid) => [
        `of the key ${JSON.stringify(kid)}`,
        () => jwtOf(stub, { exp: past }, { kid }),
      ]),
    ),
    "whose header is null": () => forged(jwtOf(stub), { header: "null" }),
    "whose header is a number": () => forged(jwtOf(stub), { header: "1" }),
    "whose header is no JSON": () => forged(jwtOf(stub), { header: '{"alg' }),
    "whose payload is no JSON": () => forged(jwtOf(stub), { payload: '{"sub' }),
    "of a user": () => jwtOf(stub, { sub: "user_1" }),
    "without a subject": () => jwtOf(stub, { sub: undefined }),
  };
  for (const [client, make] of Object.entries(CLIENTS)) {
    for (const [name, token] of Object.entries(BAD)) {
      test(`${name} is bad, ${client}`, async () => {
        assert.deepEqual(await verifierOf(make())(token()), { kind: "bad" });
      });
    }

    test(`that is good is good, ${client}, and no longer than it says`, async () => {
      const clerk = make();
      const token = jwtOf(stub);
      const { kind, verified } = await verifierOf(clerk)(token);
      assert.deepEqual([kind, verified.id, verified.subject], ["good", "mt_1", stub.machineId]);
      assert.deepEqual(await verifierOf(clerk, { now: () => verified.expiration })(token), { kind: "bad" });
    });
  }

  test("is not taken unless asked for, and its signature is not looked at", async () => {
    const asked = stub.requests.length;
    const verify = verifierOf(clientOf(stub), { formats: ["opaque"] });
    assert.deepEqual(await verify(jwtOf(stub)), { kind: "bad" });
    assert.deepEqual(await verifierOf(clientOf(stub), { kind: "apiKey", formats: ["opaque"] })(jwtOf(stub)), {
      kind: "bad",
    });
    assert.equal(stub.requests.length, asked);
  });

  test("without an id is no answer that anybody can read", async () => {
    const verify = verifierOf(clientOf(stub, { jwtKey: stub.jwtKey }));
    assert.equal((await verify(jwtOf(stub, { jti: undefined }))).kind, "down");
  });

  test("of a client that has a machine's key alone finds no keys", async () => {
    assert.equal((await verifierOf(machineClientOf(stub))(jwtOf(stub))).kind, "down");
  });
});

describe("a JWT whose keys cannot be had", { concurrency: true }, () => {
  for (const fault of [
    401,
    403,
    404,
    429,
    500,
    "reset",
    "html",
    "html-502",
    "empty-object",
    "empty-body",
    "truncated",
    "null",
  ]) {
    test(`${fault} is a fault of Clerk's`, { timeout: PATIENT_MS }, async () => {
      const stub = await ClerkStub.start();
      try {
        stub.fail(fault, { path: "/v1/jwks" });
        assert.equal((await verifierOf(clientOf(stub))(jwtOf(stub))).kind, "down");
        assert.ok(stub.askedFor("/v1/jwks").length > 0);
      } finally {
        await stub.stop();
      }
    });
  }
});

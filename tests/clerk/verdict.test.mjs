// What an answer or a thrown value means, whatever it is. `verdict-sdk.test.mjs` has those of the real SDK.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Asked, clerkError, goodFor } from "./asked.mjs";

const SECRET = "ak_0123456789abcdef";

/** The verdict where Clerk's client does this. */
async function verdictOn(act, settings) {
  const asked = new Asked();
  asked.answer = act;
  return { asked, verdict: await asked.verifier(settings)(SECRET) };
}

const throws = (fault) => () => {
  throw fault;
};
const rejects = (fault) => async () => {
  throw fault;
};
const machineError = (code, message) => {
  class Thrown extends Error {
    static kind = "MachineTokenVerificationError";
    clerkError = true;
    code = code;
  }
  return new Thrown(message);
};
const kindOnly = (status) => {
  class Thrown extends Error {
    static kind = "ClerkAPIResponseError";
    errors = [{ code: "any" }];
    status = status;
  }
  return new Thrown("any");
};
const unreadable = new Proxy({}, { get: throws(new Error(SECRET)) });
const revokedProxy = () => {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
};

describe("what a thrown value means", () => {
  const jwt = (message) => machineError("token-verification-failed", message);
  const TABLE = [
    ["400", clerkError(400), "bad"],
    ["404", clerkError(404), "bad"],
    ["404 told by the class alone", kindOnly(404), "bad"],
    ["500 told by the class alone", kindOnly(500), "down"],
    ...[401, 402, 403, 405, 409, 410, 422, 429, 500, 502, 503, 504, 200, 0].map((status) => [
      String(status),
      clerkError(status),
      "down",
    ]),
    ["no status", clerkError(undefined), "down"],
    ["a status as text", clerkError("404"), "down"],
    ["a status alone", Object.assign(new Error("?"), { status: 404 }), "fault"],
    ["token-invalid", machineError("token-invalid", "Invalid M2M JWT category."), "bad"],
    ["a bad signature", jwt("JWT signature is invalid."), "bad"],
    ["an expired JWT", jwt("JWT is expired. Expiry date: …"), "bad"],
    [
      "a JWT that names a key of its own",
      jwt("Unable to find a signing key in JWKS that matches the kid='fetch failed'"),
      "bad",
    ],
    ["JWKS unreachable", jwt("fetch failed"), "down"],
    ["JWKS refused", jwt("Error loading Clerk JWKS from https://api.clerk.test/v1/jwks with code=500"), "down"],
    ["JWKS unreadable", jwt("Unexpected token '<', \"<!doctype \"... is not valid JSON"), "down"],
    [
      "JWKS without keys",
      jwt("The JWKS endpoint did not contain any signing keys. Contact support@clerk.com."),
      "down",
    ],
    ["no way to the keys", jwt("Failed to resolve JWK during verification."), "down"],
    ["our key is wrong", machineError("secret-key-invalid", "?"), "down"],
    ["unexpected-error", machineError("unexpected-error", "?"), "down"],
    ["undefined", undefined, "fault"],
    ["null", null, "fault"],
    ["a string", SECRET, "fault"],
    ["a number", 404, "fault"],
    ["an error", new Error(`no such key: ${SECRET}`), "fault"],
    ["an error named like a secret", Object.assign(new Error("?"), { name: SECRET }), "fault"],
    [
      "an error of ours",
      new TypeError(`Headers.append: "Bearer sk_test_1${SECRET}" is an invalid header value.`),
      "fault",
    ],
    ["no secret key", new Error("Missing Clerk Secret Key. Go to https://dashboard.clerk.com"), "fault"],
    ["an object without a prototype", Object.create(null), "fault"],
    ["getters that throw", unreadable, "fault"],
    ["a revoked proxy", revokedProxy(), "fault"],
    ["a symbol as message", Object.assign(new Error("?"), { message: Symbol(SECRET) }), "fault"],
  ];
  for (const [name, fault, wanted] of TABLE) {
    test(`${name}: ${wanted}`, async () => {
      for (const act of [throws(fault), rejects(fault)]) {
        const { verdict } = await verdictOn(act);
        assert.equal(verdict.kind, wanted);
        const shown = JSON.stringify(verdict);
        for (const secret of [SECRET, SECRET.slice(3, 12), "sk_"]) assert.ok(!shown.includes(secret), shown);
      }
    });
  }
});

describe("how long Clerk wants to be left alone", () => {
  const TABLE = [
    [7, 7],
    [0, 0],
    [1.2, 2],
    [1e9, 86_400],
    [-5, undefined],
    [Number.NaN, undefined],
    ["7", undefined],
    [null, undefined],
  ];
  for (const [retryAfter, seconds] of TABLE) {
    test(`retryAfter ${JSON.stringify(retryAfter)} is ${seconds}`, async () => {
      const { verdict } = await verdictOn(rejects(clerkError(429, { retryAfter })));
      assert.equal(verdict.retryAfterSeconds, seconds);
      assert.equal("retryAfterSeconds" in verdict, seconds !== undefined);
    });
  }
});

describe("what an answer means", () => {
  const getter = (name) =>
    Object.defineProperty(goodFor("x"), name, { enumerable: true, get: throws(new Error(SECRET)) });
  const TABLE = [
    ["nothing", undefined, "down"],
    ["null", null, "down"],
    ["a page", "<!doctype html>", "down"],
    ["a boxed string", new String("ok"), "down"],
    ["a number", 1, "down"],
    ["true", true, "down"],
    ["a function", Object.assign(() => {}, goodFor("x")), "down"],
    ["a list", Object.assign([], goodFor("x")), "down"],
    ["an empty object", {}, "down"],
    ["no subject", { id: "a" }, "down"],
    ["an empty subject", { id: "a", subject: "" }, "down"],
    ["a subject that is a list", { id: "a", subject: ["b"] }, "down"],
    ["no id", { subject: "b" }, "down"],
    ["an empty id", { id: "", subject: "b" }, "down"],
    ["an id that is a number", { id: 1, subject: "b" }, "down"],
    ["id and subject from the prototype", Object.create(goodFor("x")), "down"],
    ["an expiration that is no number", goodFor("x", { expiration: "2999-01-01" }), "down"],
    ["an expiration that is NaN", goodFor("x", { expiration: Number.NaN }), "down"],
    ["an expiration in 1970", goodFor("x", { expiration: 0 }), "bad"],
    ["no expiration", goodFor("x", { expiration: null }), "good"],
    ["an endless one", goodFor("x", { expiration: Number.POSITIVE_INFINITY }), "good"],
    ["revoked as a number", goodFor("x", { revoked: 1 }), "bad"],
    ["an id that throws", getter("id"), "down"],
    ["claims that throw", getter("claims"), "down"],
    ["a revoked proxy", revokedProxy(), "fault"],
    ["hostile names", { id: "__proto__", subject: "__proto__" }, "good"],
    ["an endless subject", goodFor("x", { subject: "s".repeat(100_000) }), "good"],
  ];
  for (const [name, answered, wanted] of TABLE) {
    test(`${name}: ${wanted}`, async () => {
      const { verdict } = await verdictOn(() => Promise.resolve(answered));
      assert.equal(verdict.kind, wanted);
      assert.ok(!JSON.stringify(verdict).includes(SECRET));
    });
  }

  test("an answer that is no promise, and one that only looks like one", async () => {
    assert.equal((await verdictOn(() => goodFor("x"))).verdict.kind, "good");
    // biome-ignore lint/suspicious/noThenProperty: that is what is tested
    const thenable = (call) => () => ({ then: call });
    assert.equal((await verdictOn(thenable((resolve) => resolve(goodFor("x"))))).verdict.kind, "good");
    assert.equal((await verdictOn(thenable((_resolve, reject) => reject(clerkError(404))))).verdict.kind, "bad");
    assert.equal((await verdictOn(thenable(throws(clerkError(503))))).verdict.kind, "down");
    assert.equal(
      (
        await verdictOn(
          thenable(() => {}),
          { timeoutMs: 5 },
        )
      ).verdict.kind,
      "down",
    );
    const twice = thenable((resolve, reject) => {
      reject(clerkError(404));
      resolve(goodFor("x"));
    });
    assert.equal((await verdictOn(twice)).verdict.kind, "bad");
  });

  test("an answer cannot be changed by one who was given it, nor by its giver, and has no credential", async () => {
    const claims = JSON.parse('{ "__proto__": { "admin": true }, "plan": { "cents": 1 }, "again": [{ "a": 1 }] }');
    const given = goodFor("x", { token: SECRET, secret: SECRET, scopes: ["a"], claims, made: new Date(0) });
    claims.deep = { secret: SECRET };
    const { verdict, asked } = await verdictOn(async () => given);
    given.scopes.push("admin");
    claims.plan.cents = 1_000;
    given.revoked = true;
    const { verified } = verdict;
    const wanted = JSON.parse(
      '{ "__proto__": { "admin": true }, "plan": { "cents": 1 }, "again": [{ "a": 1 }], "deep": {} }',
    );
    assert.deepEqual(verified, goodFor("x", { scopes: ["a"], claims: wanted, made: new Date(0) }));
    assert.equal(verified.claims.admin, undefined);
    for (const change of [
      () => verified.scopes.push("b"),
      () => Object.assign(verified, { subject: "other" }),
      () => Object.assign(verified.claims.plan, { cents: 2 }),
      () => Object.assign(verified.claims.again[0], { a: 2 }),
    ]) {
      assert.throws(change, TypeError);
    }
    const again = await asked.verifier()(SECRET);
    assert.equal(again.verified, verified, "one answer is one object");
    assert.equal(asked.questions.length, 1);
  });

  test("claims that hold themselves, and hold things twice, are copied once", async () => {
    let claims = {};
    for (let level = 0; level < 100; level += 1) claims = { left: claims, right: claims };
    claims.self = claims;
    const { verdict } = await verdictOn(async () => goodFor("x", { claims }));
    assert.equal(verdict.kind, "good");
    // Comparing all of it would walk every way down, 2¹⁰⁰ of them.
    const { claims: copied } = verdict.verified;
    assert.equal(copied.self, copied);
    assert.equal(copied.left.left, copied.right.right);
  });

  test("claims deeper than the stack are no answer", async () => {
    let claims = {};
    for (let level = 0; level < 100_000; level += 1) claims = { claims };
    assert.equal((await verdictOn(async () => goodFor("x", { claims }))).verdict.kind, "down");
  });
});

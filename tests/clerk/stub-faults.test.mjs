// What the real SDK makes of each fault of the stub: the table on which every verdict rests.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { isClerkAPIResponseError } from "@clerk/backend/errors";
import { clientOf, machineClientOf } from "./client.mjs";
import { FAULTS } from "./stub/faults.mjs";
import { CATEGORIES, ClerkStub } from "./stub/index.mjs";

/** A fault with what the SDK does: throws an error of its own (with a status or without), or resolves. */
const TABLE = {
  400: { status: 400, code: "bad_request" },
  401: { status: 401, code: "clerk_key_invalid" },
  402: { status: 402, code: "payment_required" },
  403: { status: 403, code: "authorization_invalid" },
  404: { status: 404, code: "resource_not_found" },
  422: { status: 422, code: "form_param_invalid" },
  429: { status: 429, code: "too_many_requests" },
  500: { status: 500, code: "internal_clerk_error" },
  502: { status: 502, code: "bad_gateway" },
  503: { status: 503, code: "service_unavailable" },
  504: { status: 504, code: "gateway_timeout" },
  "html-502": { status: 502, code: undefined },
  reset: { status: undefined, code: "unexpected_error" },
  cut: { status: undefined, code: "unexpected_error" },
  truncated: { status: undefined, code: "unexpected_error" },
  "empty-body": { status: undefined, code: "unexpected_error" },
  "html-as-json": { status: undefined, code: "unexpected_error" },
  null: { status: undefined, code: "unexpected_error" },
  "content-type": { resolves: "string" },
  charset: { resolves: "string" },
  html: { resolves: "string" },
  text: { resolves: "string" },
  "empty-object": { resolves: "object", lacks: ["id", "subject"] },
  array: { resolves: "object", lacks: ["id", "subject"] },
  "no-subject": { resolves: "object", lacks: ["subject"] },
  "no-id": { resolves: "object", lacks: ["id"] },
  "no-content": { resolves: "undefined" },
  slow: { resolves: "object", lacks: [] },
};
/** These have tests of their own. */
const ELSEWHERE = ["hang", "held"];

describe("the real SDK before a fault of the stub", () => {
  let stub;
  before(async () => {
    stub = await ClerkStub.start();
  });
  after(() => stub.stop());

  test("no fault is left out of this table", () => {
    assert.deepEqual([...Object.keys(TABLE), ...ELSEWHERE].sort(), Object.keys(FAULTS).sort());
  });

  for (const [kind, wanted] of Object.entries(TABLE)) {
    for (const credential of ["apiKeys", "m2m"]) {
      test(`${kind} where ${credential}.verify is asked`, async () => {
        const clerk = clientOf(stub);
        const verify = {
          apiKeys: () => clerk.apiKeys.verify(stub.addApiKey().secret),
          m2m: () => clerk.m2m.verify({ token: stub.addToken().token }),
        };
        const asked = stub.requests.length;
        stub.fail(kind, { times: 1, ms: 20 });
        const outcome = await verify[credential]().then(
          (value) => ({ value }),
          (error) => ({ error }),
        );
        assert.equal(stub.requests.length, asked + 1, "the SDK asks once");
        assert.equal(stub.requests.at(-1).fault, kind);
        if (wanted.resolves === undefined) {
          const { error } = outcome;
          assert.ok(isClerkAPIResponseError(error), `thrown: ${error}`);
          assert.equal(error.constructor.kind, "ClerkAPIResponseError");
          assert.equal(error.status, wanted.status);
          assert.equal(error.errors[0]?.code, wanted.code);
        } else {
          assert.equal(typeof outcome.value, wanted.resolves, `thrown: ${outcome.error}`);
          if (wanted.resolves !== "object") return;
          const lacking = ["id", "subject"].filter((name) => outcome.value[name] === undefined);
          assert.deepEqual(lacking, wanted.lacks);
        }
        // Once was said, so the next is right again.
        assert.equal(typeof (await verify[credential]()).subject, "string");
      });
    }
  }

  for (const [retryAfter, seen] of [
    [undefined, undefined],
    [7, 7],
    [0, 0],
    ["Wed, 21 Oct 2026 07:28:00 GMT", undefined],
  ]) {
    test(`429 with Retry-After ${retryAfter} is retryAfter ${seen}`, async () => {
      stub.fail(429, { times: 1, retryAfter });
      const error = await rejection(clientOf(stub).apiKeys.verify(stub.addApiKey().secret));
      assert.equal(error.status, 429);
      assert.equal(error.retryAfter, seen);
    });
  }

  test("hang: there is no answer, and the SDK waits on", async () => {
    stub.fail("hang", { times: 1 });
    const verified = clientOf(stub).apiKeys.verify(stub.addApiKey().secret);
    verified.catch(() => {});
    const first = await Promise.race([verified.then(() => "an answer"), sleep(300, "nothing yet")]);
    assert.equal(first, "nothing yet");
  });

  test("held: the answer is that of the time of asking", async () => {
    const { id, secret } = stub.addApiKey();
    const fault = stub.fail("held", { times: 1 });
    const verified = clientOf(stub).apiKeys.verify(secret);
    await fault.caught;
    stub.revokeApiKey(id);
    fault.release();
    assert.equal((await verified).revoked, false);
    assert.equal((await clientOf(stub).apiKeys.verify(secret)).revoked, true);
  });

  test("a refused connection is an error without a status", async () => {
    const other = await ClerkStub.start();
    const clerk = clientOf(other);
    const { secret } = other.addApiKey();
    await other.stop();
    const error = await rejection(clerk.apiKeys.verify(secret));
    assert.equal(error.status, undefined);
    assert.equal(error.errors[0].code, "unexpected_error");
  });
});

describe("the real SDK before a JWT", () => {
  let stub;
  before(async () => {
    stub = await ClerkStub.start();
  });
  after(() => stub.stop());
  const jwt = (payload, header) => {
    const now = Math.floor(Date.now() / 1_000);
    return stub.signJwt({ sub: stub.machineId, iat: now, exp: now + 60, jti: "mt_1", ...payload }, header);
  };
  const codes = (error) => [error.constructor.kind, error.code];

  test("a good one is verified with the keys of the instance, fetched once", async () => {
    const clerk = clientOf(stub);
    const { subject, id } = await clerk.m2m.verify({ token: jwt() });
    assert.deepEqual([subject, id], [stub.machineId, "mt_1"]);
    await clerk.m2m.verify({ token: jwt() });
    assert.equal(stub.askedFor("/v1/jwks").length, 1);
    assert.equal(stub.askedFor("/m2m_tokens/verify").length, 0);
  });

  test("with a jwtKey nothing is fetched", async () => {
    const asked = stub.requests.length;
    const clerk = clientOf(stub, { jwtKey: stub.jwtKey });
    assert.equal((await clerk.m2m.verify({ token: jwt() })).subject, stub.machineId);
    assert.equal(stub.requests.length, asked);
  });

  for (const [title, make, code] of [
    ["expired", () => jwt({ exp: 1 }), "token-verification-failed"],
    ["of another category", () => jwt({}, { cat: CATEGORIES.session }), "token-invalid"],
    ["with another's signature", () => `${jwt().slice(0, -20)}${"A".repeat(20)}`, "token-verification-failed"],
  ]) {
    test(`one ${title} is refused by an error of another kind`, async () => {
      const error = await rejection(clientOf(stub, { jwtKey: stub.jwtKey }).m2m.verify({ token: make() }));
      assert.deepEqual(codes(error), ["MachineTokenVerificationError", code]);
    });
  }

  test("keys that cannot be fetched look like a bad token but for the message", { timeout: 60_000 }, async () => {
    const down = await ClerkStub.start();
    try {
      down.fail(500, { path: "/v1/jwks" });
      const token = down.addToken({ format: "jwt" }).token;
      const error = await rejection(clientOf(down).m2m.verify({ token }));
      assert.deepEqual(codes(error), ["MachineTokenVerificationError", "token-verification-failed"]);
      assert.match(error.message, /^Error loading Clerk JWKS from \S+ with code=500$/);
    } finally {
      await down.stop();
    }
  });

  test("a client with a machine's key alone cannot fetch the keys", async () => {
    const error = await rejection(machineClientOf(stub).m2m.verify({ token: jwt() }));
    assert.deepEqual(codes(error), ["MachineTokenVerificationError", "token-verification-failed"]);
    assert.match(error.message, /Failed to resolve JWK/);
  });
});

async function rejection(promise) {
  const outcome = await promise.then(
    (value) => ({ value }),
    (error) => ({ error }),
  );
  assert.ok(outcome.error !== undefined, `it resolved with ${JSON.stringify(outcome.value)}`);
  return outcome.error;
}

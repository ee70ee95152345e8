// What goes wrong in the life of a machine's token, in Keyrail's words, without a secret in them.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { inspect } from "node:util";
import { createClerkClient } from "clerk-backend-2-25";
import { createM2M } from "keyrail/clerk";
import { KeyrailError } from "keyrail/keys";
import { clientOf, machineClientOf } from "./client.mjs";
import { FAULTS } from "./stub/faults.mjs";
import { ClerkStub } from "./stub/index.mjs";

let stub;
before(async () => {
  stub = await ClerkStub.start();
});
after(() => stub.stop());

const DOWN = "identity_unavailable";
/** Each fault with the code of the error; what is not here is `identity_unavailable`. */
const CODES = {
  400: "clerk_refused",
  401: "clerk_unauthorized",
  403: "clerk_unauthorized",
  404: "not_found",
  422: "clerk_refused",
};
/** The SDK takes these for good answers, and so may the caller. */
const HARMLESS = { slow: ["create", "list", "revoke", "rotateMachineKey"], held: [], hang: [] };

describe("each fault has its error", () => {
  const calls = {
    create: (m2m) => m2m.create(),
    list: (m2m) => m2m.list({ subject: stub.machineId }),
    revoke: (m2m) => m2m.revoke(stub.addToken().id),
    rotateMachineKey: (m2m) => m2m.rotateMachineKey({ machineId: stub.addMachine().id }),
  };
  const client = { create: machineClientOf, list: clientOf, revoke: clientOf, rotateMachineKey: clientOf };
  /** A revoke is known by its status alone: what else the answer says is not needed. */
  const NEEDS_NO_BODY = [
    "content-type",
    "charset",
    "html",
    "text",
    "empty-object",
    "array",
    "no-subject",
    "no-id",
    "no-content",
  ];

  for (const kind of Object.keys(FAULTS)) {
    if (kind === "held") continue;
    for (const [name, call] of Object.entries(calls)) {
      test(`${kind} where ${name} is called`, async () => {
        const m2m = createM2M({ clerkClient: client[name](stub), timeout: 200 });
        const fault = stub.fail(kind, { ms: 10, retryAfter: 7 });
        const outcome = await call(m2m).then(
          (value) => ({ value }),
          (error) => ({ error }),
        );
        fault.stop();
        const isFine =
          HARMLESS[kind]?.includes(name) ||
          (name === "revoke" && NEEDS_NO_BODY.includes(kind)) ||
          // These answers have no such members, so nothing of them is missing.
          (["list", "rotateMachineKey"].includes(name) && ["no-subject", "no-id"].includes(kind));
        if (isFine) return assert.equal(outcome.error, undefined);
        const { error } = outcome;
        assert.ok(error instanceof KeyrailError, `${inspect(outcome.value)}`);
        assert.equal(error.code, CODES[kind] ?? DOWN);
        if (kind === "429") assert.match(error.message, /try again in 7 s/);
        // What was thrown is behind it; where Clerk merely answered nonsense, nothing was.
        if (/^\d/.test(kind)) assert.equal(error.cause?.clerkError, true);
        assertHasNone(error, [stub.secretKey, stub.machineSecretKey]);
      });
    }
  }

  test("hang where verify is called", async () => {
    const fault = stub.fail("hang");
    const began = performance.now();
    const m2m = createM2M({ clerkClient: clientOf(stub), timeout: 100 });
    await assert.rejects(m2m.verify(stub.addToken().token), { code: DOWN });
    assert.ok(performance.now() - began < 2_000);
    fault.stop();
  });

  for (const [kind, retryAfter] of [
    [429, 7],
    [500, undefined],
    ["reset", undefined],
    ["html", undefined],
  ]) {
    test(`${kind} where verify is called`, async () => {
      const { token } = stub.addToken();
      const m2m = createM2M({ clerkClient: clientOf(stub) });
      stub.fail(kind, { times: 1, retryAfter });
      const error = await m2m.verify(token).catch((thrown) => thrown);
      assert.ok(error instanceof KeyrailError);
      assert.equal(error.code, DOWN);
      if (retryAfter !== undefined) assert.match(error.message, /try again in 7 s/);
      assertHasNone(error, [token, stub.secretKey]);
      assert.equal((await m2m.verify(token)).valid, true, "and nothing of it is remembered");
    });
  }
});

describe("no error holds a secret", () => {
  test("though whoever refuses to send a key repeats it", async () => {
    const key = `${stub.machineSecretKey}\nand what was pasted with it`;
    for (const m2m of [
      createM2M({ clerkClient: machineClientOf(stub, key) }),
      createM2M({ clerkClient: clientOf(stub), machineSecretKey: key }),
    ]) {
      for (const call of [m2m.create(), m2m.list({ subject: "mch_1" }), m2m.revoke("mt_1"), m2m.verify("mt_1")]) {
        const error = await call.catch((thrown) => thrown);
        assert.ok(error instanceof KeyrailError, inspect(error));
        assertHasNone(error, [stub.machineSecretKey]);
      }
    }
  });

  for (const [where, wrap] of Object.entries({
    "as its cause": (fault) => new Error("fetch failed", { cause: new Error("of", { cause: fault }) }),
    "among others": (fault) => new AggregateError([new Error("one"), fault], "fetch failed"),
  })) {
    test(`nor what was thrown with one ${where}`, async () => {
      const thrown = wrap(new TypeError('Headers.append: "Bearer sk_test_secret" is invalid'));
      const m2m = createM2M({ clerkClient: { m2m: { verify() {}, createToken: () => Promise.reject(thrown) } } });
      const error = await m2m.create().catch((fault) => fault);
      assert.equal(error.code, "clerk_fault");
      assertHasNone(error, ["sk_test_secret"]);
    });
  }

  test("a harmless cause is kept, and one that is its own is not looked at for ever", async () => {
    const harmless = new Error("fetch failed", { cause: new Error("reset") });
    const endless = new Error("fetch failed");
    endless.cause = endless;
    for (const [thrown, cause] of [
      [harmless, harmless],
      [endless, undefined],
    ]) {
      const m2m = createM2M({ clerkClient: { m2m: { verify() {}, createToken: () => Promise.reject(thrown) } } });
      const error = await m2m.create().catch((fault) => fault);
      assert.equal(error.cause, cause);
    }
  });

  test("and the SDK's own error would", async () => {
    const key = `${stub.machineSecretKey}\nand what was pasted with it`;
    const thrown = await machineClientOf(stub, key)
      .m2m.createToken()
      .catch((error) => error);
    assert.throws(() => assertHasNone(thrown, [stub.machineSecretKey]), { message: "the error holds a secret" });
  });

  test("nor does one of a client that throws whatever it likes", async () => {
    const key = "ak_9ofTheMachine";
    for (const thrown of [
      new Error(`no: ${key}`),
      Object.assign(new Error("no"), { clerkError: true, status: 400, errors: [{ code: key, message: key }] }),
      `Bearer ${key}`,
      {
        get message() {
          throw new Error(key);
        },
      },
      null,
      undefined,
    ]) {
      const reject = () => Promise.reject(thrown);
      const clerkClient = { m2m: { verify: reject, createToken: reject, revokeToken: reject, list: reject } };
      const error = await createM2M({ clerkClient, machineSecretKey: key })
        .create()
        .catch((caught) => caught);
      assert.ok(error instanceof KeyrailError, inspect(error));
      assertHasNone(error, [key]);
    }
  });
});

test("a page of something else than tokens is not understood", async () => {
  for (const page of [{ data: [{}], totalCount: 1 }, { data: {}, totalCount: 0 }, { data: [] }, []]) {
    const m2m = { verify: async () => ({}), list: async () => page };
    await assert.rejects(createM2M({ clerkClient: { m2m } }).list({ subject: "mch_1" }), { code: DOWN });
  }
});

describe("the oldest SDK of the range", () => {
  const clerkClient = () =>
    createClerkClient({ apiUrl: stub.url, secretKey: stub.secretKey, telemetry: { disabled: true } });
  const m2m = () => createM2M({ clerkClient: clerkClient(), machineSecretKey: stub.machineSecretKey });

  test("makes, verifies, revokes and rotates", async () => {
    const created = await m2m().create({ secondsUntilExpiration: 60 });
    const one = m2m();
    assert.equal((await one.verify(created.token)).valid, true);
    await one.rotate(created);
    assert.equal((await one.verify(created.token)).valid, false);
    const { id } = stub.addMachine();
    assert.match((await m2m().rotateMachineKey({ machineId: id })).secretKey, /^ak_/);
  });

  test("is told apart where it lacks something", async () => {
    await assert.rejects(m2m().list({ subject: stub.machineId }), { code: "clerk_method_missing" });
    const error = await m2m()
      .create({ tokenFormat: "jwt" })
      .catch((thrown) => thrown);
    assert.equal(error.code, "clerk_method_missing");
    assert.match(error.message, /with the id mt_[0-9a-f]{32}/, "so that what was made can be revoked");
  });
});

describe("a client that is none", () => {
  for (const clerkClient of [undefined, null, {}, { m2m: {} }, { m2m: { verifyToken() {} } }]) {
    test(`${JSON.stringify(clerkClient)} is refused`, () => {
      assert.throws(() => createM2M({ clerkClient }), { code: "invalid_option" });
    });
  }

  const verify = () => Promise.resolve({});
  for (const options of [
    { machineSecretKey: "" },
    { machineSecretKey: 7 },
    { formats: [] },
    { formats: ["paseto"] },
    { machines: [""] },
    { machines: "mch_1" },
    { cacheTtl: "2h" },
    { timeout: 0 },
    { timeout: "soon" },
  ]) {
    test(`${JSON.stringify(options)} is refused`, () => {
      assert.throws(() => createM2M({ clerkClient: { m2m: { verify } }, ...options }), { code: "invalid_option" });
    });
  }
});

test("a rotation that waits keeps no process alive", () => {
  const program = `
    import { createM2M } from "keyrail/clerk";
    const token = { id: "mt_1", subject: "mch_1", token: "mt_x" };
    const m2m = { verify: async () => token, createToken: async () => token, revokeToken: async () => token };
    const { previous } = await createM2M({ clerkClient: { m2m } }).rotate({ id: "mt_0" }, { grace: "8h" });
    process.stdout.write(previous.end);
  `;
  const options = { cwd: fileURLToPath(new URL("..", import.meta.url)), encoding: "utf8", timeout: 20_000 };
  const { stdout, status, stderr } = spawnSync(process.execPath, ["--input-type=module", "--eval", program], options);
  assert.deepEqual([stdout, status, stderr], ["pending", 0, ""]);
});

/** Looks through everything that a log of the error would show. */
function assertHasNone(error, secrets) {
  const shown = inspect(error, { depth: 10, showHidden: true });
  for (const secret of secrets) assert.ok(!shown.includes(secret), "the error holds a secret");
}

// A Clerk client that was set up wrongly: it is no caller's fault, and what is said of it holds no key.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { verifier } from "../../npm/keyrail/dist/clerk/verifier.js";
import { clientOf } from "./client.mjs";
import { ClerkStub } from "./stub/index.mjs";

describe("a client of the real SDK", () => {
  let stub;
  before(async () => {
    stub = await ClerkStub.start();
  });
  after(() => stub.stop());

  const TABLE = [
    ["with another instance's key", { secretKey: "sk_test_other" }, "down", /^Clerk answered 401$/],
    [
      "with a key that no header can hold",
      { secretKey: "sk_test_1\n2" },
      "fault",
      /^Clerk's client threw a TypeError; /,
    ],
    ["with a key of other letters", { secretKey: "sk_test_ключ" }, "fault", /^Clerk's client threw a TypeError; /],
    ["without a key", {}, "fault", /no secret key$/],
    ["with an address that is none", { secretKey: "sk_test_1", apiUrl: "nowhere" }, "fault", /threw a TypeError; /],
    ["with an address where nobody is", { secretKey: "sk_test_1", apiUrl: "http://127.0.0.1:1" }, "down", /reached/],
  ];
  for (const [name, keys, kind, message] of TABLE) {
    test(`${name}: ${kind}`, async () => {
      const clerk = clientOf(stub, keys);
      const verify = verifier({
        kind: "apiKey",
        client: clerk,
        verify: (secret) => clerk.apiKeys.verify(secret),
        now: Date.now,
        cacheTtlMs: 60_000,
        timeoutMs: 10_000,
        strictPrefix: false,
        formats: ["opaque"],
      });
      const { secret } = stub.addApiKey();
      const verdict = await verify(secret);
      assert.equal(verdict.kind, kind);
      assert.match(verdict.message, message);
      assert.ok(!/sk_|ak_/.test(JSON.stringify(verdict)), JSON.stringify(verdict));
    });
  }
});

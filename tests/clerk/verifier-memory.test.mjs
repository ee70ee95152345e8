// What stays in memory of a credential once its request is over: nothing that could be sent again.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { setImmediate as settled } from "node:timers/promises";
import { getHeapSnapshot, setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { Asked, clerkError } from "./asked.mjs";

setFlagsFromString("--expose-gc");
const gc = runInNewContext("gc");

/** Everything that lives, as text. */
async function heap() {
  gc();
  const parts = [];
  for await (const part of getHeapSnapshot()) parts.push(part.toString("latin1"));
  return parts.join("");
}

/** Has credentials verified and gives back only the second half of each, of which no whole one can be made. */
async function verifyAll(asked, outcomes) {
  const verify = asked.verifier({ verify: (credential) => asked.answer(credential), timeoutMs: 20 });
  const halves = [];
  for (const outcome of outcomes) {
    const credential = randomBytes(32).toString("hex");
    halves.push(Buffer.from(credential.slice(32)).toString("latin1"));
    asked.answer = outcome;
    await verify(credential);
    await verify(credential);
  }
  asked.answer = undefined;
  return halves;
}

test("no credential stays, whatever Clerk said about it", async () => {
  const asked = new Asked();
  const given = (credential) => ({
    id: "id",
    subject: "s",
    token: credential,
    secret: credential,
    claims: { credential },
  });
  const marker = randomBytes(8).toString("hex");
  const halves = await verifyAll(asked, [
    async (credential) => ({ ...given(credential), name: marker }),
    async (credential) => ({ ...given(credential), revoked: true }),
    async (credential) => {
      throw clerkError(404, { message: credential });
    },
    async (credential) => {
      throw new Error(credential);
    },
    async (credential) => `<!doctype html>${credential}`,
    () => new Promise(() => {}),
  ]);
  await settled();
  const living = await heap();
  assert.ok(living.includes(marker), "the snapshot shows what is kept");
  // The halves themselves live here, so a whole credential is told by what stands before its half.
  for (const half of halves) assert.ok(!new RegExp(`[0-9a-f]{32}${half}`).test(living), "a credential is still there");
  // The cache lived as long as its client.
  assert.equal(typeof asked.client, "object");
});

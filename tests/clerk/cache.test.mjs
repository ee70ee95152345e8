// What the cache forgets when it is full, and what it must not forget.
import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as settled } from "node:timers/promises";
import { BoundedMap } from "../../npm/keyrail/dist/clerk/bounded-map.js";
import { cacheOf } from "../../npm/keyrail/dist/clerk/credential-cache.js";
import { Asked, BAD, clerkError, goodFor } from "./asked.mjs";

const KNOWN_MAX = 10_000;
const UNKNOWN_MAX = 1_000;
const FLIGHTS_MAX = 10_000;
const REVOCATIONS_MAX = 10_000;

const names = (prefix, count) => Array.from({ length: count }, (_, index) => `${prefix}_${index}`);

/** A client that knows whatever does not begin with `junk`. */
function knowing(asked) {
  asked.answer = async (credential) => {
    if (credential.startsWith("junk")) throw clerkError(404);
    return goodFor(credential);
  };
  return asked.verifier();
}

test("a flood of junk forgets nothing that is good", async () => {
  const asked = new Asked();
  const verify = knowing(asked);
  await verify("good");
  for (const name of names("junk", KNOWN_MAX + UNKNOWN_MAX)) assert.deepEqual(await verify(name), BAD);
  asked.questions = [];
  assert.equal((await verify("good")).kind, "good");
  assert.deepEqual(asked.credentials, []);
});

test("what is unknown is remembered a thousand times, the latest ones", async () => {
  const asked = new Asked();
  const verify = knowing(asked);
  for (const name of names("junk", UNKNOWN_MAX + 1)) await verify(name);
  asked.questions = [];
  for (const name of ["junk_1", "junk_1000"]) await verify(name);
  assert.deepEqual(asked.credentials, []);
  await verify("junk_0");
  assert.deepEqual(asked.credentials, ["junk_0"]);
});

test("what is good is remembered ten thousand times, the latest ones", async () => {
  const asked = new Asked();
  const verify = knowing(asked);
  for (const name of names("good", KNOWN_MAX + 1)) await verify(name);
  asked.questions = [];
  for (const name of ["good_1", "good_10000"]) await verify(name);
  assert.deepEqual(asked.credentials, []);
  await verify("good_0");
  assert.deepEqual(asked.credentials, ["good_0"]);
});

test("more questions in flight than are remembered are still answered, each for itself", async () => {
  const asked = new Asked();
  const verify = asked.verifier();
  const verdicts = names("tok", FLIGHTS_MAX + 1).map((name) => verify(name));
  // The first is forgotten, so it is asked again, and the earlier answer is not kept over the later one.
  const again = verify("tok_0");
  const joined = verify("tok_10000");
  assert.equal(asked.questions.length, FLIGHTS_MAX + 2);
  asked.questions.at(-1).answer(goodFor("tok_0", { revoked: true }));
  await settled();
  // The first one last, so that nothing else can have pushed it out.
  for (const { credential, answer } of asked.questions.toReversed()) answer(goodFor(credential));
  assert.deepEqual(await again, BAD);
  for (const verdict of await Promise.all([...verdicts, joined])) assert.equal(verdict.kind, "good");
  knowing(asked);
  asked.questions = [];
  await verify("tok_0");
  assert.deepEqual(asked.credentials, ["tok_0"]);
});

test("after more revocations than are remembered no answer from before them is good", async () => {
  const asked = new Asked();
  const verify = asked.verifier();
  const kept = verify("kept");
  asked.questions[0].answer(goodFor("kept"));
  await kept;
  const flying = verify("flying");
  const cache = cacheOf(asked.client, "apiKey");
  for (const id of ["id_kept", ...names("id", REVOCATIONS_MAX)]) cache.revoke(id, asked.now);
  asked.questions[1].answer(goodFor("flying"));
  assert.equal((await flying).kind, "down");
  asked.answer = async (credential) => goodFor(credential);
  // It was the first of them, and is forgotten: Clerk knows.
  assert.equal((await verify("kept")).kind, "good");
  assert.deepEqual(asked.credentials, ["kept", "flying", "kept"]);
  // Questions asked since are as good as ever.
  assert.equal((await verify("kept")).kind, "good");
  assert.equal(asked.questions.length, 3);
});

test("what is put in anew is the newest", () => {
  const forgotten = [];
  const map = new BoundedMap(2, (value) => forgotten.push(value));
  for (const name of ["a", "b", "a", "c", "b"]) map.set(name, name);
  assert.deepEqual(forgotten, ["b", "a"]);
  assert.deepEqual([map.get("a"), map.get("b"), map.get("c"), map.size], [undefined, "b", "c", 2]);
});

test("one client has one cache a kind", () => {
  const [client, other] = [{}, {}];
  assert.equal(cacheOf(client, "m2m"), cacheOf(client, "m2m"));
  assert.notEqual(cacheOf(client, "m2m"), cacheOf(client, "apiKey"));
  assert.notEqual(cacheOf(client, "m2m"), cacheOf(other, "m2m"));
});

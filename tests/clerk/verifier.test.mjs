// How often Clerk is asked, and for how long its answer holds.
import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { cacheOf } from "../../npm/keyrail/dist/clerk/credential-cache.js";
import { Asked, BAD, clerkError, goodFor, START } from "./asked.mjs";

const good = (verified) => ({ kind: "good", verified });

test("a thousand requests at once ask once, and so do those of the next minute", async () => {
  const asked = new Asked();
  const verify = asked.verifier();
  const verdicts = Array.from({ length: 1_000 }, () => verify("tok"));
  assert.deepEqual(asked.credentials, ["tok"]);
  asked.questions[0].answer(goodFor("tok"));
  for (const verdict of await Promise.all(verdicts)) assert.deepEqual(verdict, good(goodFor("tok")));
  asked.now += 59_999;
  assert.deepEqual(await verify("tok"), good(goodFor("tok")));
  assert.equal(asked.questions.length, 1);
  asked.now += 1;
  asked.answer = async (credential) => goodFor(credential);
  await verify("tok");
  assert.equal(asked.questions.length, 2);
});

test("an answer is good from its question on, not from its arrival", async () => {
  const asked = new Asked();
  const verify = asked.verifier();
  const verdict = verify("tok");
  asked.now += 50_000;
  asked.questions[0].answer(goodFor("tok"));
  await verdict;
  asked.now += 10_000;
  asked.answer = async (credential) => goodFor(credential);
  await verify("tok");
  assert.equal(asked.questions.length, 2);
});

test("a credential is bad at the very instant of its expiration, also on a hit, and nobody is asked", async () => {
  const asked = new Asked();
  const verify = asked.verifier();
  asked.answer = async (credential) => goodFor(credential, { expiration: asked.now + 1_000 });
  assert.equal((await verify("tok")).kind, "good");
  asked.now += 999;
  assert.equal((await verify("tok")).kind, "good");
  asked.now += 1;
  assert.deepEqual(await verify("tok"), BAD);
  assert.equal(asked.questions.length, 1);
});

test("one that expires while Clerk is asked is bad", async () => {
  const asked = new Asked();
  const verdict = asked.verifier()("tok");
  const expiration = asked.now + 1_000;
  asked.now = expiration;
  asked.questions[0].answer(goodFor("tok", { expiration }));
  assert.deepEqual(await verdict, BAD);
});

for (const [name, more] of [
  ["revoked", { revoked: true }],
  ["expired", { expired: true }],
  ["past its expiration", { expiration: 1 }],
]) {
  test(`an answer that is ${name} is bad and not kept`, async () => {
    const asked = new Asked();
    const verify = asked.verifier();
    asked.answer = async (credential) => goodFor(credential, more);
    assert.deepEqual(await verify("tok"), BAD);
    asked.answer = async (credential) => goodFor(credential);
    assert.equal((await verify("tok")).kind, "good");
    assert.equal(asked.questions.length, 2);
  });
}

test("unknown is remembered for a cache period, a bad request and a fault are not", async () => {
  const asked = new Asked();
  const verify = asked.verifier();
  const kindAfter = async (fault) => {
    asked.answer = async () => {
      throw fault;
    };
    const { kind } = await verify("tok");
    return [kind, asked.questions.length];
  };
  assert.deepEqual(await kindAfter(clerkError(400)), ["bad", 1]);
  assert.deepEqual(await kindAfter(clerkError(503)), ["down", 2]);
  assert.deepEqual(await kindAfter(new Error("clerk down")), ["fault", 3]);
  assert.deepEqual(await kindAfter(clerkError(404)), ["bad", 4]);
  assert.deepEqual(await kindAfter(clerkError(503)), ["bad", 4]);
  asked.now += 60_000;
  assert.deepEqual(await kindAfter(clerkError(503)), ["down", 5]);
});

test("a 404 in which Clerk says nothing is bad and not remembered", async () => {
  const asked = new Asked();
  asked.answer = async () => {
    throw clerkError(404, { errors: [] });
  };
  const verify = asked.verifier();
  assert.deepEqual([await verify("tok"), await verify("tok")], [BAD, BAD]);
  assert.equal(asked.questions.length, 2);
});

for (const hours of [1, -1]) {
  test(`with a clock that jumps ${hours} h Clerk is asked again`, async () => {
    const asked = new Asked();
    asked.answer = async (credential) => goodFor(credential);
    const verify = asked.verifier();
    await verify("tok");
    asked.now += hours * 3_600_000;
    assert.equal((await verify("tok")).kind, "good");
    assert.equal((await verify("tok")).kind, "good");
    assert.equal(asked.questions.length, 2);
  });
}

test("without a cache every request asks, though once for all who ask at once", async () => {
  const asked = new Asked();
  asked.answer = async (credential) => goodFor(credential);
  const verify = asked.verifier({ cacheTtlMs: 0 });
  await Promise.all([verify("tok"), verify("tok")]);
  assert.equal(asked.questions.length, 1);
  await verify("tok");
  assert.equal(asked.questions.length, 2);
});

test("two middlewares with different periods share what is kept, each for its own period", async () => {
  const asked = new Asked();
  asked.answer = async (credential) => goodFor(credential);
  const [long, short] = [asked.verifier(), asked.verifier({ cacheTtlMs: 1_000 })];
  await short("tok");
  asked.now += 1_000;
  await long("tok");
  assert.equal(asked.questions.length, 1);
  asked.answer = async (credential) => goodFor(credential, { revoked: true });
  assert.deepEqual(await short("tok"), BAD);
  assert.equal(asked.questions.length, 2);
  // What the one has learned the other does not contradict.
  assert.deepEqual(await long("tok"), BAD);
});

test("neither another client nor another kind shares an answer", async () => {
  const asked = new Asked();
  asked.answer = async (credential) => goodFor(credential);
  await asked.verifier()("tok");
  await asked.verifier({ kind: "m2m" })("tok");
  await asked.verifier({ client: {} })("tok");
  assert.equal(asked.questions.length, 3);
});

test("who waits in vain is told so, and a late answer is still of use", async () => {
  const asked = new Asked();
  const verify = asked.verifier({ timeoutMs: 20 });
  assert.deepEqual(await verify("tok"), { kind: "down", message: "Clerk did not answer within 20 ms" });
  asked.questions[0].answer(goodFor("tok"));
  await sleep(1);
  assert.deepEqual(await verify("tok"), good(goodFor("tok")));
  assert.equal(asked.questions.length, 1);
});

test("a question that is overdue is not joined, and its late answer does not outweigh the next one's", async () => {
  const asked = new Asked();
  const verify = asked.verifier({ timeoutMs: 20 });
  await verify("tok");
  const second = verify("tok");
  assert.equal(asked.questions.length, 2);
  asked.questions[1].answer(goodFor("tok", { revoked: true }));
  assert.deepEqual(await second, BAD);
  asked.questions[0].answer(goodFor("tok"));
  await sleep(1);
  asked.answer = async (credential) => goodFor(credential);
  await verify("tok");
  assert.equal(asked.questions.length, 3);
});

test("a question is overdue once somebody has waited in vain, also where the clock stands still", async (t) => {
  t.after(() => mock.timers.reset());
  mock.timers.enable({ apis: ["Date"] });
  const asked = new Asked();
  const verify = asked.verifier({ timeoutMs: 20 });
  await verify("tok");
  await verify("tok");
  assert.equal(asked.questions.length, 2);
});

for (const ms of [3_000, -1]) {
  test(`a question whose asker is gone, timer and all, is left alone when the clock has moved ${ms} ms`, async (t) => {
    t.after(() => mock.timers.reset());
    mock.timers.enable({ apis: ["Date"], now: START });
    const asked = new Asked();
    const gone = asked.verifier({ timeoutMs: 30_000 })("tok");
    mock.timers.setTime(START + ms);
    asked.verifier()("tok");
    assert.equal(asked.questions.length, 2);
    for (const { answer } of asked.questions) answer(goodFor("tok"));
    assert.equal((await gone).kind, "good");
  });
}

test("a verdict leaves no timer behind", async () => {
  const timers = () => process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;
  const before = timers();
  const asked = new Asked();
  const verdict = asked.verifier()("tok");
  assert.equal(timers(), before + 1);
  asked.questions[0].answer(goodFor("tok"));
  await verdict;
  assert.equal(timers(), before);
});

test("one who comes late to a question waits for his own time", async () => {
  const asked = new Asked();
  const verify = asked.verifier({ timeoutMs: 600 });
  const first = verify("tok");
  await sleep(300);
  const second = verify("tok");
  assert.equal((await first).kind, "down");
  asked.questions[0].answer(goodFor("tok"));
  assert.deepEqual(await second, good(goodFor("tok")));
  assert.equal(asked.questions.length, 1);
});

test("a revoke ends what is kept, and what is in flight", async () => {
  const asked = new Asked();
  const verify = asked.verifier({ kind: "m2m" });
  const cache = cacheOf(asked.client, "m2m");
  const kept = verify("kept");
  asked.questions[0].answer(goodFor("kept"));
  await kept;
  const [flying, other] = [verify("flying"), verify("other")];
  for (const id of ["id_kept", "id_flying"]) cache.revoke(id, asked.now);
  asked.questions[1].answer(goodFor("flying"));
  asked.questions[2].answer(goodFor("other"));
  assert.deepEqual([await verify("kept"), await flying], [BAD, BAD]);
  assert.deepEqual(await other, good(goodFor("other")));
  assert.equal(asked.questions.length, 3);
  // Clerk may take a moment to know it everywhere.
  asked.answer = async (credential) => goodFor(credential);
  asked.now += 59_999;
  assert.deepEqual(await verify("flying"), BAD);
});

test("a revoke before Clerk was ever asked holds for the cache period", async () => {
  const asked = new Asked();
  asked.answer = async (credential) => goodFor(credential);
  const verify = asked.verifier();
  cacheOf(asked.client, "apiKey").revoke("id_tok", asked.now);
  asked.now += 59_999;
  assert.deepEqual(await verify("tok"), BAD);
  asked.now += 1;
  assert.equal((await verify("tok")).kind, "good");
});

test("a question from before a revoke never makes good, however late its answer comes", async () => {
  const asked = new Asked();
  const verify = asked.verifier({ timeoutMs: 20 });
  await verify("tok");
  cacheOf(asked.client, "apiKey").revoke("id_tok", asked.now);
  asked.now += 3_600_000;
  asked.questions[0].answer(goodFor("tok"));
  await sleep(1);
  asked.answer = async (credential) => goodFor(credential);
  await verify("tok");
  assert.equal(asked.questions.length, 2);
});

test("a credential can be revoked without its id", async () => {
  const asked = new Asked();
  const verify = asked.verifier();
  const flying = verify("tok");
  cacheOf(asked.client, "apiKey").revokeCredential("tok", asked.now);
  asked.questions[0].answer(goodFor("tok"));
  assert.deepEqual(await flying, BAD);
});

test("only the machines of the list are let in, each middleware by its own", async () => {
  const asked = new Asked();
  asked.answer = async (credential) => goodFor(credential, { subject: "mch_1" });
  const of = (machines) => asked.verifier({ kind: "m2m", machines });
  assert.equal((await of(["mch_2", "mch_1"])("tok")).kind, "good");
  assert.deepEqual(await of(["mch_2"])("tok"), BAD);
  assert.deepEqual(await of([])("tok"), BAD);
  assert.equal(asked.questions.length, 1);
});

test("who is vouched for is not asked about, unless something is known of him meanwhile", async () => {
  const asked = new Asked();
  const verify = asked.verifier();
  const vouchedFor = goodFor("tok", { name: "vouched" });
  assert.deepEqual(await verify("tok", async () => vouchedFor), good(vouchedFor));
  assert.equal(asked.questions.length, 0);
  const flying = verify("tok");
  const vouched = verify("tok", async () => {
    asked.questions[0].answer(goodFor("tok", { name: "asked" }));
    await flying;
    return vouchedFor;
  });
  assert.deepEqual(await vouched, good(goodFor("tok", { name: "asked" })));
  cacheOf(asked.client, "apiKey").revoke("id_other", asked.now);
  asked.now += 60_000;
  assert.deepEqual(await verify("other", async () => goodFor("other")), BAD);
});

test("an answer that came while nobody vouched is not asked for again", async () => {
  const asked = new Asked();
  const verify = asked.verifier();
  const flying = verify("tok");
  const late = verify("tok", async () => {
    asked.questions[0].answer(goodFor("tok"));
    await flying;
    return undefined;
  });
  assert.equal((await late).kind, "good");
  assert.equal(asked.questions.length, 1);
});

test("one who would vouch and never does is waited for no longer than Clerk", async () => {
  const asked = new Asked();
  asked.answer = async (credential) => goodFor(credential);
  const verify = asked.verifier({ timeoutMs: 20 });
  assert.equal((await verify("tok", () => new Promise(() => {}))).kind, "good");
  assert.equal(asked.questions.length, 1);
});

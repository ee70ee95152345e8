// A good credential over HTTP: what the handler is told, how seldom Clerk is asked, and when an answer is good no more.
import assert from "node:assert/strict";
import { onEveryKind, onKind, openRoute } from "./guarded-route.mjs";

const T0 = Date.parse("2026-01-31T12:00:00.000Z");
const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;

/** A route whose clock a case moves; Clerk's own is `ahead` of it. */
async function timed(t, adapter, kind, { ahead = 0, options } = {}) {
  const time = { now: T0 };
  const route = await openRoute(t, adapter, {
    kind,
    options,
    clock: () => time.now,
    stubClock: () => time.now + ahead,
  });
  return Object.assign(route, { time });
}

const statusOf = async (route, credential) => (await route.send(credential)).status;

onEveryKind("the handler is told what Clerk says and whose row it is", async (t, adapter, kind) => {
  const route = await openRoute(t, adapter, { kind, options: { defaults: { budgetCents: 500 } } });
  const claims = { plan: "pro" };
  const { id, credential, subject } = route.issue({ claims });
  const { status, body } = await route.send(credential);
  assert.equal(status, 200);
  const { verified, agentKey } = body;
  assert.deepEqual([verified.id, verified.subject, verified.claims], [id, subject, claims]);
  assert.deepEqual([agentKey.accountId, agentKey.budgetCents], [subject, 500]);
  assert.ok(!JSON.stringify(body).includes(credential), "the credential is nowhere");
  assert.deepEqual(route.stub.askedFor(route.kind.path)[0].authorizedBy, "instance");
});

onEveryKind("a handler may write into what it is told, and the next one does not see it", async (t, adapter, kind) => {
  const handle = ({ verified }) => {
    const body = { seen: verified.mine };
    verified.mine = "written";
    return { body };
  };
  const route = await openRoute(t, adapter, { kind, handle });
  const { credential } = route.issue();
  for (let call = 0; call < 2; call += 1) {
    const { status, body } = await route.send(credential);
    assert.deepEqual([status, body], [200, {}]);
  }
});

onEveryKind("many calls ask once a minute", async (t, adapter, kind) => {
  const route = await timed(t, adapter, kind);
  const { credential } = route.issue({ expiration: null });
  await Promise.all(Array.from({ length: 20 }, () => route.send(credential)));
  route.time.now += MINUTE_MS - 1;
  assert.equal(await statusOf(route, credential), 200);
  assert.equal(route.verifies(), 1);
  route.time.now += 1;
  assert.equal(await statusOf(route, credential), 200);
  assert.equal(route.verifies(), 2);
});

onEveryKind("routes over one client share what Clerk said", async (t, adapter, kind) => {
  const route = await openRoute(t, adapter, { kind });
  const other = await route.serve({ reserve: 1 });
  const { credential } = route.issue();
  await route.send(credential);
  assert.equal((await route.send(credential, { server: other })).status, 200);
  assert.equal(route.verifies(), 1);
});

onEveryKind("with cacheTtl: 0 every call asks", async (t, adapter, kind) => {
  const route = await openRoute(t, adapter, { kind, options: { cacheTtl: 0 } });
  const { id, credential } = route.issue();
  assert.equal(await statusOf(route, credential), 200);
  route.kind.revoke(route.stub, id);
  assert.equal(await statusOf(route, credential), 401);
  assert.equal(route.verifies(), 2);
});

onEveryKind("a revoked credential is let in until its minute is over, and no longer", async (t, adapter, kind) => {
  const route = await timed(t, adapter, kind);
  const { id, credential } = route.issue({ expiration: null });
  assert.equal(await statusOf(route, credential), 200);
  route.kind.revoke(route.stub, id);
  assert.equal(await statusOf(route, credential), 200);
  route.time.now += MINUTE_MS;
  assert.equal(await statusOf(route, credential), 401);
  assert.equal(await statusOf(route, credential), 401);
});

onEveryKind("a cached credential ends at its expiration, to the millisecond", async (t, adapter, kind) => {
  const route = await timed(t, adapter, kind);
  const { credential } = route.issue({ expiration: T0 + 10_000 });
  assert.equal(await statusOf(route, credential), 200);
  route.time.now += 9_999;
  assert.equal(await statusOf(route, credential), 200);
  assert.equal(route.verifies(), 1);
  route.time.now += 1;
  const written = route.counts.written;
  const answer = await route.send(credential);
  assert.deepEqual([answer.status, answer.body], [401, { error: route.kind.bad }]);
  assert.equal(route.counts.written, written);
});

onEveryKind("Clerk down: who was verified lately is let in, and nobody else", async (t, adapter, kind) => {
  const route = await timed(t, adapter, kind);
  const { credential } = route.issue({ expiration: null });
  assert.equal(await statusOf(route, credential), 200);
  route.stub.fail(500);
  route.time.now += MINUTE_MS - 1;
  assert.equal(await statusOf(route, credential), 200);
  assert.equal(await statusOf(route, route.issue().credential), 503);
  route.time.now += 1;
  assert.equal(await statusOf(route, credential), 503);
});

for (const [name, ahead] of [
  ["behind", HOUR_MS],
  ["ahead", -HOUR_MS],
]) {
  onEveryKind(
    `a clock one hour ${name} of Clerk's: whichever says that it has ended is believed`,
    async (t, adapter, kind) => {
      const route = await timed(t, adapter, kind, { ahead });
      const clerkNow = T0 + ahead;
      const endless = route.issue({ expiration: null });
      const good = route.issue({ expiration: Math.max(T0, clerkNow) + 1 });
      const ended = route.issue({ expiration: Math.max(T0, clerkNow) });
      assert.equal(await statusOf(route, endless.credential), 200);
      assert.equal(await statusOf(route, good.credential), 200);
      assert.equal(await statusOf(route, ended.credential), 401);
    },
  );
}

for (const step of [HOUR_MS, -HOUR_MS]) {
  onEveryKind(`the clock jumps by ${step / HOUR_MS} h: Clerk is asked again`, async (t, adapter, kind) => {
    const route = await timed(t, adapter, kind);
    const { id, credential } = route.issue({ expiration: null });
    assert.equal(await statusOf(route, credential), 200);
    route.kind.revoke(route.stub, id);
    route.time.now += step;
    assert.equal(await statusOf(route, credential), 401);
    assert.equal(route.verifies(), 2);
  });
}

onKind("m2m", "only the machines of the list are let in", async (t, adapter) => {
  const route = await openRoute(t, adapter, { kind: "m2m", options: { machines: ["mch_other"] } });
  const open = await route.serve({ machines: ["mch_other", route.stub.machineId] });
  const { credential } = route.issue();
  const answer = await route.send(credential);
  assert.deepEqual([answer.status, answer.body], [401, { error: "invalid_token" }]);
  assert.deepEqual([route.ran, route.counts.written], [0, 0]);
  assert.equal((await route.send(credential, { server: open })).status, 200);
});

onKind("m2m", "a JWT is let in where JWTs are taken, checked without asking about it", async (t, adapter) => {
  const route = await openRoute(t, adapter, { kind: "m2m", options: { formats: ["jwt"] } });
  const opaque = route.issue();
  const { credential, subject } = route.issue({ format: "jwt", claims: { scopes: "admin" } });
  const { status, body } = await route.send(credential);
  assert.deepEqual([status, body.verified.subject, body.agentKey.scopes], [200, subject, null]);
  assert.deepEqual(body.verified.scopes, [], "what a sender claims is no scope");
  const forged = `${credential.slice(0, -8)}AAAAAAAA`;
  assert.equal(await statusOf(route, forged), 401);
  assert.equal(await statusOf(route, opaque.credential), 401);
  assert.equal(route.verifies(), 0);
});

onKind("m2m", "the keys that Clerk signs with cannot be had: 503, once the time is over", async (t, adapter) => {
  const route = await openRoute(t, adapter, { kind: "m2m", options: { formats: ["jwt"], timeout: 200 } });
  route.stub.fail(500, { path: "/v1/jwks" });
  assert.equal(await statusOf(route, route.issue({ format: "jwt" }).credential), 503);
  assert.deepEqual([route.ran, route.counts.written], [0, 0]);
});

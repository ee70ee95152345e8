// What is done to a token through `createM2M` the routes on the same client know at once, in every framework.
import assert from "node:assert/strict";
import { createM2M } from "keyrail/clerk";
import { clientOf } from "./client.mjs";
import { onKind, openRoute } from "./guarded-route.mjs";

onKind("m2m", "a revoked token is refused with the next request, and nobody is asked", async (t, adapter) => {
  const route = await openRoute(t, adapter, { kind: "m2m" });
  const { id, credential } = route.issue();
  const m2m = createM2M({ clerkClient: route.clerkClient });
  assert.equal((await route.send(credential)).status, 200);
  assert.equal((await m2m.verify(credential)).valid, true, "what the route asked serves here too");
  await m2m.revoke(id);
  const { status, body } = await route.send(credential);
  assert.deepEqual([status, body.error], [401, "invalid_token"]);
  assert.equal(route.verifies(), 1);
});

onKind("m2m", "a revoke overtakes the answer that a request waits for", async (t, adapter) => {
  const route = await openRoute(t, adapter, { kind: "m2m" });
  const { id, credential } = route.issue();
  const fault = route.stub.fail("held", { times: 1, path: route.kind.path });
  const answered = route.send(credential);
  await fault.caught;
  await createM2M({ clerkClient: route.clerkClient }).revoke(id);
  fault.release();
  assert.equal((await answered).status, 401);
  assert.equal(route.ran, 0);
});

onKind("m2m", "a rotated token works for its grace, and the new one at once", async (t, adapter) => {
  let now = Date.now();
  const clock = () => now;
  const route = await openRoute(t, adapter, { kind: "m2m", clock, stubClock: clock });
  const { clerkClient, stub } = route;
  const m2m = createM2M({ clerkClient, machineSecretKey: stub.machineSecretKey, clock });
  const first = await m2m.create({ secondsUntilExpiration: 3_600 });
  assert.equal((await route.send(first.token)).status, 200);
  const { created, previous } = await m2m.rotate(first, { secondsUntilExpiration: 3_600, grace: "1m" });
  assert.equal(previous.end, "pending");
  const statuses = async () => [(await route.send(first.token)).status, (await route.send(created.token)).status];
  assert.deepEqual(await statuses(), [200, 200]);
  now += 60_000;
  await m2m.list({ subject: stub.machineId });
  assert.deepEqual(await statuses(), [401, 200]);
});

onKind("m2m", "a JWT's scopes are claims, also to the handler", async (t, adapter) => {
  const route = await openRoute(t, adapter, { kind: "m2m", options: { formats: ["jwt"] } });
  const { credential } = route.issue({ format: "jwt", claims: { scopes: "admin", aud: ["mch_x"] } });
  const offline = { clerkClient: clientOf(route.stub, { jwtKey: route.stub.jwtKey }) };
  const { status, body } = await route.send(credential, { server: await route.serve(offline) });
  assert.equal(status, 200);
  assert.deepEqual(body.verified.scopes, []);
  assert.deepEqual(body.verified.claims, { scopes: "admin", aud: ["mch_x"] });
  assert.equal(route.stub.requests.length, 0);
});

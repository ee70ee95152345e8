// The last use is noted at most every five minutes, and never at the cost of a request.
import assert from "node:assert/strict";
import { test } from "node:test";
import { MINUTE, newWorld } from "./world.mjs";

async function newKey() {
  const world = newWorld();
  const { key, id } = await world.ak.create({ accountId: "acme" });
  const lastUsedAt = async () => {
    await world.ak.close();
    return (await world.store.read([{ id }])).chains[0].at(-1).lastUsedAt;
  };
  return { ...world, key, id, lastUsedAt };
}

test("the first validate notes the use, the next only after five minutes", async () => {
  const { ak, clock, key, lastUsedAt } = await newKey();
  assert.equal(await lastUsedAt(), null);
  const first = clock.now;
  await ak.validate(key);
  assert.equal(await lastUsedAt(), first);
  clock.now = first + 5 * MINUTE - 1;
  await ak.validate(key);
  assert.equal(await lastUsedAt(), first);
  clock.now += 1;
  await ak.validate(key);
  assert.equal(await lastUsedAt(), first + 5 * MINUTE);
});

test("100 parallel validates write once", async () => {
  const world = newWorld();
  let commits = 0;
  const counted = { ...world.store, commit: (all) => world.store.commit(all).finally(() => (commits += 1)) };
  const { ak } = newWorld({ store: counted });
  const { key } = await ak.create({ accountId: "acme" });
  commits = 0;
  await Promise.all(Array.from({ length: 100 }, () => ak.validate(key)));
  await ak.close();
  assert.equal(commits, 1);
});

test("a revoked key's use is not noted", async () => {
  const { ak, key, id, lastUsedAt } = await newKey();
  await ak.revoke(id);
  await ak.validate(key);
  assert.equal(await lastUsedAt(), null);
});

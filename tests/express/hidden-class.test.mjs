// What the guard does so that V8 finds the members of requests and answers quickly: seen with V8's own words.
import assert from "node:assert/strict";
import { setFlagsFromString } from "node:v8";
import { agentKeyMiddleware } from "keyrail/express";
import { newKeys, onBoth, send, serve } from "./server.mjs";

setFlagsFromString("--allow-natives-syntax");
const sharesHiddenClass = new Function("one", "other", "return %HaveSameMap(one, other)");
const CALLS = 3;

/** What each of a few calls sees of its request and answer, before the guard and behind it. */
async function seenBy(t, express, look) {
  const { ak } = newKeys();
  const { key } = await ak.create({ accountId: "acme", budgetCents: 1_000 });
  const seen = [];
  const server = await serve(t, express, (app) => {
    app.get(
      "/",
      (req, res, next) => {
        req.before = look(req, res);
        next();
      },
      agentKeyMiddleware(ak, { reserve: 1 }),
      (req, res) => {
        seen.push({ req, res, before: req.before, behind: look(req, res) });
        res.json({});
      },
    );
  });
  for (let call = 0; call < CALLS; call += 1) assert.equal((await send(server, { key })).status, 200);
  return seen;
}

onBoth("requests behind the guard share a hidden class, and so do their answers", async (t, express) => {
  const [, one, other] = await seenBy(t, express, () => undefined);
  assert.ok(sharesHiddenClass(one.req, other.req));
  assert.ok(sharesHiddenClass(one.res, other.res));
});

onBoth("the guard adds to a request what it promises and nothing else", async (t, express) => {
  const members = (req, res) => ({ req: Reflect.ownKeys(req), res: Reflect.ownKeys(res) });
  for (const { before, behind } of await seenBy(t, express, members)) {
    assert.deepEqual(new Set(behind.req), new Set([...before.req, "before", "agentKey", "agentKeyHold"]));
    assert.deepEqual(new Set(behind.res), new Set(before.res));
  }
});

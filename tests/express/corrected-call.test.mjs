// A handler that calls again because its call failed, when its answer has gone out already: what it says stands.
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { agentKeyMiddleware } from "keyrail/express";
import { handler, keysWith, newKeys, onBoth, send, serve, untilBudget } from "./server.mjs";

const CALL_MS = 50;

/** Keys whose first `settle` takes a while and then does as `fails` says; nothing is recorded by it. */
function failingOnce(ak, fails) {
  let calls = 0;
  const settle = async (...call) => {
    calls += 1;
    if (calls > 1) return ak.settle(...call);
    await sleep(CALL_MS);
    return fails();
  };
  return keysWith(ak, { settle });
}

/** A hold of 25 whose handler has answered before `work`; then `used` cents are spent and none is held. */
async function check(t, express, { fails, work, used }) {
  const { ak } = newKeys();
  const { key } = await ak.create({ accountId: "acme", budgetCents: 1_000 });
  const server = await serve(t, express, (app) => {
    const guard = agentKeyMiddleware(failingOnce(ak, fails), { reserve: 25 });
    const answerAndWork = handler(async (req, res) => {
      const finished = once(res, "finish");
      res.json({});
      const working = work(req.agentKeyHold);
      await finished;
      await working;
    });
    app.get("/", guard, answerAndWork);
  });
  await send(server, { key });
  await untilBudget(ak, key, { usedCents: used, heldCents: 0 });
}

onBoth("a settle that throws, and then another amount", (t, express) =>
  check(t, express, {
    fails: () => {
      throw new Error("the store is away");
    },
    work: async (hold) => {
      try {
        await hold.settle(10);
      } catch {
        await hold.settle(20);
      }
    },
    used: 20,
  }),
);

onBoth("a settle that is refused, and then a smaller one", (t, express) =>
  check(t, express, {
    fails: () => ({ success: false, reason: "amount_out_of_range" }),
    work: async (hold) => {
      const { success } = await hold.settle(1_000_000_000);
      if (!success) await hold.settle(5);
    },
    used: 5,
  }),
);

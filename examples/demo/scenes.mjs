// What the demo plays. Each scene has a tree and an app of its own and gives the figures that it saw.
import { setTimeout as sleep } from "node:timers/promises";
import { AgentKey } from "keyrail";
import { sqlite } from "keyrail/stores/sqlite";
import { PRICE_CENTS, startApp } from "./app.mjs";
import { call, count, until } from "./calls.mjs";
import { withFile } from "./file.mjs";
import { CAP_CENTS, mintTree, spentAndHeld } from "./tree.mjs";

const CALLS = 200;
const ABORTED_CALLS = 50;
const TTL_MS = 1_000;
/** A hold lasts its time rounded up by at most a thirty-second, and a timer may be late. */
const GRACE_MS = 400;

/** Plays one scene and clears up after it. */
function on(options, play) {
  return withFile(async (path) => {
    const store = sqlite(path);
    const ak = new AgentKey({ store });
    const tree = await mintTree(ak, options);
    const app = await startApp(ak, options);
    try {
      return await play({ ak, tree, app });
    } finally {
      app.stop();
      await ak.close();
      await store.close();
    }
  });
}

/** Far more calls at once than the organisation can pay for. */
export function overspend(progress) {
  return on({ agents: 4, workMs: 300, ttl: "1m" }, async ({ ak, tree, app }) => {
    let answered = 0;
    const calls = Array.from({ length: CALLS }, async (_, index) => {
      // The agent with a small cap comes first, so that both kinds of refusal are seen.
      const answer = await call(app, tree.keys[Math.floor((index * tree.keys.length) / CALLS)]);
      answered += 1;
      return answer;
    });
    const line = () =>
      `${answered} of ${CALLS} calls answered, ${app.meter.begun} handlers ran, ${app.meter.finished} paid`;
    const answers = await progress(line, Promise.all(calls));
    const refusals = answers.filter(({ status }) => status === 429).map(({ body }) => body.binding);
    const { spentCents, heldCents } = await spentAndHeld(ak, tree);
    return {
      calls: CALLS,
      affordable: CAP_CENTS / PRICE_CENTS,
      ran: app.meter.begun,
      answered: count(answers, 200),
      refused: refusals.length,
      refusedByOwn: refusals.filter((binding) => binding?.limitCents !== undefined).length,
      refusedByAncestor: refusals.filter((binding) => binding?.ancestor === true).length,
      chargedCents: spentCents,
      heldCents,
      unpaidCents: app.meter.workCents - spentCents,
    };
  });
}

/** A child that asks for more than its parent has. */
export function greedyChild() {
  return on({ agents: 0, workMs: 0, ttl: "1m" }, async ({ ak, tree }) => {
    const asked = { budgetCents: 5_000, scopes: ["work", "admin"], expiresIn: "30d" };
    const child = await ak.create({ accountId: "acme", name: "greedy", parent: { id: tree.team.id }, ...asked });
    const { budgetCents, scopes, expiresAt } = tree.team;
    return { asked, got: child, parent: { budgetCents, scopes, expiresAt } };
  });
}

/** A key that is revoked while its work is under way. */
export function revokedMidFlight() {
  return on({ agents: 2, workMs: 300, ttl: "1m" }, async ({ ak, tree, app }) => {
    const [agent, sibling] = tree.keys;
    const underWay = call(app, agent);
    await until(() => app.meter.begun === 1, 2_000);
    const [{ id }] = (await ak.budgets({ key: agent })).slice(-1);
    await ak.revoke(id);
    const next = await call(app, agent);
    const [first, other] = await Promise.all([underWay, call(app, sibling)]);
    const { spentCents } = await spentAndHeld(ak, tree);
    return {
      underWay: first.status,
      next: next.status,
      nextReason: next.body?.error,
      sibling: other.status,
      chargedCents: spentCents,
      workCents: app.meter.workCents,
    };
  });
}

/** Clients that hang up: on the handlers that run, and on calls that have just been sent. */
export function abortedCalls(progress) {
  return on({ agents: 1, workMs: 500, ttl: TTL_MS }, async ({ ak, tree, app }) => {
    const [agent] = tree.keys;
    const affordable = CAP_CENTS / PRICE_CENTS;
    const hangUps = [];
    const patient = Array.from({ length: affordable }, () => call(app, agent, (hangUp) => hangUps.push(hangUp)));
    await until(() => app.meter.begun === affordable, 2_000);
    const hasty = Array.from({ length: ABORTED_CALLS - affordable }, () => call(app, agent, (hangUp) => hangUp()));
    await Promise.all(hasty);
    for (const hangUp of hangUps) hangUp();
    const aborted = await Promise.all([...patient, ...hasty]);

    const meanwhile = await call(app, agent);
    const during = await spentAndHeld(ak, tree);
    await progress(() => "50 calls aborted, waiting for their time to pass", sleep(TTL_MS + GRACE_MS));
    const ranForAborted = app.meter.begun;
    const afterwards = await spentAndHeld(ak, tree);
    const again = await Promise.all(Array.from({ length: 2 * affordable }, () => call(app, agent)));
    const end = await spentAndHeld(ak, tree);
    return {
      affordable,
      aborted: count(aborted, 0),
      ran: ranForAborted,
      heldDuringCents: during.heldCents,
      meanwhile: meanwhile.status,
      heldAfterCents: afterwards.heldCents,
      spentAfterCents: afterwards.spentCents,
      ranAgain: app.meter.begun - ranForAborted,
      paidAgain: count(again, 200),
      chargedCents: end.spentCents,
      unpaidCents: app.meter.workCents - end.spentCents,
    };
  });
}

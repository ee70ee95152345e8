// A Worker as people write it: one AgentKey in the global scope, shared by all requests of the isolate.
import { AgentKey, memory } from "keyrail";

const ak = new AgentKey({ store: memory() });

const routes = {
  "/create": (body) => ak.create(body),
  "/budgets": (body) => ak.budgets(body),
  "/work": async ({ key, heldCents, costCents }) => {
    const held = await ak.reserve(key, { costCents: heldCents });
    if (!held.success) return held;
    // Other requests come in between.
    await scheduler.wait(1);
    return ak.settle(held.hold.id, { costCents });
  },
};

export default {
  async fetch(request) {
    return Response.json(await routes[new URL(request.url).pathname](await request.json()));
  },
};

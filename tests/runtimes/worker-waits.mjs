// Workers over a store that takes its time, as every durable one does. workerd lets no request of a Worker
// wait for the I/O of another: there each request makes its own AgentKey, or all go to one Durable Object.
import { AgentKey, memory } from "keyrail";

const STORE_MS = 20;

/** `memory()` behind a wait, which is I/O to workerd. */
const remote = (store) => {
  const later =
    (method) =>
    async (...args) => {
      await scheduler.wait(STORE_MS);
      return store[method](...args);
    };
  return new Proxy(store, {
    get: (_target, member) => (typeof store[member] === "function" ? later(member) : store[member]),
  });
};

const store = remote(memory());

const answer = async (ak, request) => {
  const body = await request.json();
  switch (new URL(request.url).pathname.split("/").at(-1)) {
    case "create":
      return Response.json(await ak.create(body));
    case "charge":
      return Response.json(await ak.trackUsage(body.key, { costCents: body.costCents }));
    default:
      return Response.json(await ak.budgets(body));
  }
};

/** One AgentKey for all requests: those of a Durable Object may wait for each other. */
export class Keys {
  #ak = new AgentKey({ store });

  fetch(request) {
    return answer(this.#ak, request);
  }
}

export default {
  fetch(request, { KEYS }) {
    if (new URL(request.url).pathname.startsWith("/object/")) return KEYS.get(KEYS.idFromName("acme")).fetch(request);
    return answer(new AgentKey({ store }), request);
  },
};

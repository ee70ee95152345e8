// A guarded handler on the own server of Bun or Deno; prints the port and a key, and runs until it is stopped.
import { AgentKey } from "keyrail";
import { withAgentKey } from "keyrail/fetch";
import { memory } from "keyrail/stores/memory";

const ak = new AgentKey({ store: memory() });
const { key } = await ak.create({ accountId: "acme", budgetCents: 1_000 });
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Twenty parts, or two and then a fault. */
function parts(path) {
  let sent = 0;
  return new ReadableStream({
    async pull(controller) {
      await sleep(20);
      if (path === "/broken" && sent === 2) return controller.error(new Error("the model went away"));
      controller.enqueue(new TextEncoder().encode("part "));
      sent += 1;
      if (sent === 20) controller.close();
    },
  });
}

const answers = {
  "/json": () => Response.json({ answer: 42 }),
  "/empty": () => new Response(null, { status: 204 }),
  "/redirect": () => Response.redirect("http://localhost/elsewhere"),
  "/fault": () => new Response("out of order", { status: 503 }),
  "/throw": () => {
    throw new Error("broken");
  },
};
const work = (request) => {
  const { pathname } = new URL(request.url);
  return answers[pathname]?.() ?? new Response(parts(pathname));
};
const guarded = withAgentKey(work, ak, { reserve: 10, headers: true });

const fetch = async (request, ...platform) => {
  if (new URL(request.url).pathname !== "/budget") return guarded(request, ...platform);
  const [{ usedCents, heldCents }] = await ak.budgets({ key });
  return Response.json({ usedCents, heldCents });
};
const broken = () => new Response("broken", { status: 500 });
const announce = (port) => console.log(JSON.stringify({ port, key }));

if ("Bun" in globalThis) {
  const { Bun } = globalThis;
  announce(Bun.serve({ hostname: "127.0.0.1", port: 0, fetch, error: broken }).port);
} else {
  const { Deno } = globalThis;
  Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: ({ port }) => announce(port), onError: broken }, fetch);
}

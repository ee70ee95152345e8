// A Worker that streams an answer that costs money, behind keys that cannot spend more than their cap.
import { AgentKey } from "keyrail";
import { withAgentKey } from "keyrail/fetch";
import { memory } from "keyrail/stores/memory";
import { CENTS_PER_WORD, WORDS_MAX, words } from "./model.mjs";

// Lives as long as this isolate: see README.md.
const ak = new AgentKey({ store: memory(), onEvent: ({ code, message }) => console.warn(`${code}: ${message}`) });

/** Streams word by word, and settles what the words have cost before it ends. */
async function chat(request, { agentKeyHold }) {
  const answer = words(await request.text());
  const encoder = new TextEncoder();
  let made = 0;
  const stream = new ReadableStream({
    async pull(controller) {
      const { done, value } = await answer.next();
      if (done) {
        await agentKeyHold.settle(made * CENTS_PER_WORD, { metadata: { words: made } });
        return controller.close();
      }
      made += 1;
      controller.enqueue(encoder.encode(`${value} `));
    },
  });
  return new Response(stream, { headers: { "content-type": "text/plain; charset=utf-8" } });
}

/** What the caller may still spend. */
const left = (_request, { agentKey }) => Response.json({ leftCents: agentKey.budgetRemainingCents });

const routes = {
  "POST /chat": withAgentKey(chat, ak, { reserve: WORDS_MAX * CENTS_PER_WORD, headers: true }),
  "GET /left": withAgentKey(left, ak),
  // Gives a key to whoever asks, so that there is one to try with.
  "POST /keys": async () => Response.json(await ak.create({ accountId: "demo", budgetCents: 10 }), { status: 201 }),
};

export default {
  async fetch(request, env, ctx) {
    const route = routes[`${request.method} ${new URL(request.url).pathname}`];
    return route === undefined ? new Response("not found", { status: 404 }) : route(request, env, ctx);
  },
};

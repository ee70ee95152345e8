// The proxy: money is held before the model is asked, and what the answer has cost is settled at its end.
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import express from "express";
import { agentKeyMiddleware } from "keyrail/express";
import { Meter } from "./meter.mjs";
import { costCents, estimateCents, promptTokensOf } from "./prices.mjs";
import { readRequest } from "./request.mjs";

/** The app. `upstream` is `{ url, key }`; the callers' keys go no further than here, and its key no further back. */
export function llmProxy(ak, upstream) {
  const app = express();
  app.disable("x-powered-by");
  app.use(express.json({ limit: "1mb" }));

  // The hold lasts a minute without the proxy, and as long as the answer with it: while the answer is open, the
  // guard extends it. So what a proxy that dies leaves behind blocks nobody for longer than a minute.
  const guard = agentKeyMiddleware(ak, { reserve: (req) => estimateCents(req.body), ttl: "1m", headers: true });
  app.post("/v1/chat/completions", readRequest, guard, (req, res) => relay(upstream, req, res));
  return app;
}

async function relay(upstream, req, res) {
  const { body, agentKeyHold: hold } = req;
  const meter = new Meter(promptTokensOf(body.messages));
  const settle = (ending) => {
    const metadata = { model: body.model, ...meter.usage, isReported: meter.isReported, ending };
    return hold.settle(costCents(body.model, meter.usage), { metadata });
  };

  // Who leaves stops the model: every token more would be money for nobody.
  const left = new AbortController();
  res.once("close", () => left.abort());

  let answer;
  try {
    answer = await ask(upstream, body, left.signal);
  } catch {
    // A model that has begun to think has read the prompt, and charges for it.
    if (left.signal.aborted) return void (await settle("client_left"));
    await hold.release();
    return res.status(502).json({ error: "upstream_unreachable" });
  }
  if (!answer.ok) {
    await answer.body?.cancel();
    await hold.release();
    return res.status(502).json({ error: "upstream_failed", upstreamStatus: answer.status });
  }

  res.status(200).set({ "content-type": "text/event-stream", "cache-control": "no-store" });
  try {
    // A caller that reads slowly slows the model down: nothing piles up here.
    await pipeline(Readable.fromWeb(answer.body), meter.through, res, { end: false });
  } catch {
    await settle(left.signal.aborted ? "client_left" : "upstream_broke_off");
    // To the caller, too, it must not look whole.
    return res.destroy();
  }
  // Before the end is told: who has the whole answer has paid for it.
  await settle("whole");
  res.end();
}

function ask({ url, key }, body, signal) {
  const headers = { "content-type": "application/json", authorization: `Bearer ${key}` };
  return fetch(`${url}/v1/chat/completions`, { method: "POST", headers, body: JSON.stringify(body), signal });
}

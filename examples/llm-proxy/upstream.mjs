// Stands in for a model that streams and tells only at the end what it has used. Its faults can be chosen: with
// `stand_in: { tokens, fault, at }` in a request it says that many tokens, and has that fault, some after `at` of them.
import { once } from "node:events";
import { createServer } from "node:http";
import { json } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { promptTokensOf } from "./prices.mjs";

const SLOW_MS = 25;
/** Tokens that `thinks` charges for and never shows. */
const THOUGHTS = 100;

/** An HTTP server. `GET /bill` says, request by request, what it would charge for. */
export function standInModel({ key }) {
  const bill = [];
  const handle = async (req, res) => {
    if (req.headers.authorization !== `Bearer ${key}`) return res.writeHead(401).end();
    if (req.url === "/bill") return res.end(JSON.stringify(bill));
    const closed = new Promise((resolve) => res.once("close", resolve));
    const asked = await json(req);
    if (asked.stand_in?.fault === "fails") return res.writeHead(500).end();
    const item = { model: asked.model, inputTokens: promptTokensOf(asked.messages), outputTokens: 0, ended: null };
    bill.push(item);
    res.setHeader("content-type", "text/event-stream");
    await say(asked, res, { item, closed });
    await closed;
    item.ended = res.writableFinished ? "whole" : "broken";
  };
  return createServer((req, res) => handle(req, res).catch(() => res.destroy()));
}

async function say({ max_tokens, stand_in: { tokens = 20, fault, at = 5 } = {} }, res, { item, closed }) {
  const send = (event) => res.write(`data: ${typeof event === "string" ? event : JSON.stringify(event)}\n\n`);
  for (let said = 0; said < Math.min(tokens, max_tokens); said += 1) {
    if (fault === "slow") await sleep(SLOW_MS);
    if (fault === "stalls" && said === at) await closed;
    if (fault === "breaks_off" && said === at) {
      // Else what was said last would be lost with the connection.
      await sleep(SLOW_MS);
      res.destroy();
    }
    if (res.destroyed) return;
    item.outputTokens += 1;
    const isTaken = send({ choices: [{ index: 0, delta: { content: `word${said} ` } }] });
    if (!isTaken) await Promise.race([once(res, "drain"), closed]);
  }
  if (fault === "thinks") item.outputTokens += THOUGHTS;
  const usage = { prompt_tokens: item.inputTokens, completion_tokens: item.outputTokens };
  if (fault !== "no_usage") send({ choices: [], usage });
  send("[DONE]");
  res.end();
}

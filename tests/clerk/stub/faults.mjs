// The ways in which an answer goes wrong, each by its name. Each gets what the right answer would be.
import { setTimeout as sleep } from "node:timers/promises";
import { refusalOf } from "./refusal.mjs";

const JSON_TYPE = { "content-type": "application/json" };
const HTML = "<!doctype html><title>Attention Required!</title><h1>Please enable cookies.</h1>";

const send = (response, status, headers, body) => {
  response.writeHead(status, headers);
  response.end(body);
};

const status =
  (code) =>
  (response, _right, { retryAfter }) => {
    const headers = retryAfter === undefined ? JSON_TYPE : { ...JSON_TYPE, "retry-after": String(retryAfter) };
    send(response, code, headers, JSON.stringify(refusalOf(code).body));
  };

const always = (code, headers, body) => (response) => send(response, code, headers, body);

/** Sends what a route has answered. */
export const sendRight = (response, right) => send(response, right.status, JSON_TYPE, right.text);

const REFUSALS = [400, 401, 402, 403, 404, 422, 429, 500, 502, 503, 504];

/** Every fault by its name. */
export const FAULTS = {
  ...Object.fromEntries(REFUSALS.map((code) => [String(code), status(code)])),
  /** Nothing is ever answered; the connection stays open. */
  hang: () => {},
  /** The connection is cut before anything is answered. */
  reset: (response) => response.socket?.resetAndDestroy(),
  /** The connection is cut in the middle of the body. */
  cut: (response, right) => {
    response.writeHead(200, { ...JSON_TYPE, "content-length": Buffer.byteLength(right.text) + 1 });
    response.write(right.text.slice(0, right.text.length / 2), () => response.socket?.resetAndDestroy());
  },
  /** The right answer, `ms` late. */
  slow: async (response, right, { ms = 1_000 }) => {
    await sleep(ms, undefined, { ref: false });
    sendRight(response, right);
  },
  /** The answer as it was right when it was asked for, once the fault is released. */
  held: async (response, right, { released }) => {
    await released;
    sendRight(response, right);
  },
  /** The right body under a content type that the SDK does not know for JSON. */
  "content-type": (response, right) => send(response, right.status, { "content-type": "text/plain" }, right.text),
  charset: (response, right) =>
    send(response, right.status, { "content-type": "application/json; charset=utf-8" }, right.text),
  html: always(200, { "content-type": "text/html" }, HTML),
  "html-502": always(502, { "content-type": "text/html" }, HTML),
  /** An HTML page that says it were JSON. */
  "html-as-json": always(200, JSON_TYPE, HTML),
  "empty-object": always(200, JSON_TYPE, "{}"),
  "empty-body": always(200, JSON_TYPE, ""),
  "no-content": (response) => send(response, 204, {}),
  null: always(200, JSON_TYPE, "null"),
  array: always(200, JSON_TYPE, "[]"),
  text: always(200, JSON_TYPE, '"ok"'),
  truncated: (response, right) => send(response, 200, JSON_TYPE, right.text.slice(0, right.text.length / 2)),
  /** A thing of the right kind without the ids that make it one. */
  "no-subject": (response, right) => send(response, 200, JSON_TYPE, without(right.text, "subject")),
  "no-id": (response, right) => send(response, 200, JSON_TYPE, without(right.text, "id")),
};

function without(text, name) {
  const { [name]: _left, ...rest } = JSON.parse(text);
  return JSON.stringify(rest);
}

// The clients: real HTTP requests, each on a connection of its own.
import { request } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";

/** Sends one call and gives its answer; `{ status: 0 }` if the connection broke. `onSent` may break it. */
export function call({ port }, key, onSent) {
  return new Promise((resolve) => {
    const headers = { authorization: `Bearer ${key}` };
    const outgoing = request({ host: "127.0.0.1", port, path: "/work", method: "POST", headers, agent: false });
    outgoing.on("error", () => resolve({ status: 0 }));
    outgoing.on("response", async (incoming) => {
      let text = "";
      try {
        for await (const part of incoming.setEncoding("utf8")) text += part;
        resolve({ status: incoming.statusCode, body: JSON.parse(text) });
      } catch {
        resolve({ status: 0 });
      }
    });
    outgoing.on("finish", () => onSent?.(() => outgoing.destroy()));
    outgoing.end();
  });
}

/** How many answers have this status. */
export const count = (answers, status) => answers.filter((answer) => answer.status === status).length;

/** Waits for something to become true, so long at most. */
export async function until(condition, withinMs) {
  const deadline = performance.now() + withinMs;
  while (!condition() && performance.now() < deadline) await sleep(5);
}

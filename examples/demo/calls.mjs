// The clients: real HTTP requests, each on a connection of its own.
import { request } from "node:http";

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

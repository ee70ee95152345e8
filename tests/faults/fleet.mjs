// Application processes that can be killed, and clients that ask them over HTTP.
import { fork } from "node:child_process";
import { once } from "node:events";
import { Agent, request } from "node:http";
import { fileURLToPath } from "node:url";

const APP = fileURLToPath(new URL("app.mjs", import.meta.url));

/** One application process. */
export class App {
  #config;
  #agent = new Agent({ keepAlive: true, maxSockets: 64 });
  process;
  port;

  constructor(config) {
    this.#config = config;
  }

  /** Starts it, or starts it again. */
  async start() {
    this.process = fork(APP, [JSON.stringify(this.#config)]);
    const died = once(this.process, "exit").then(() => {
      throw new Error("the application ended before it listened");
    });
    const [{ port }] = await Promise.race([once(this.process, "message"), died]);
    died.catch(() => {});
    this.port = port;
    return this;
  }

  /** Ends it as a power cut does. */
  async kill() {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return;
    const ended = once(this.process, "exit");
    this.process.kill("SIGKILL");
    await ended;
    this.#agent.destroy();
  }

  /** Asks it; `undefined` where the connection broke before there was an answer. */
  ask(path, body, headers = {}) {
    const text = JSON.stringify(body);
    return new Promise((resolve) => {
      const lost = () => resolve(undefined);
      const options = { host: "127.0.0.1", port: this.port, agent: this.#agent, path, method: "POST" };
      const sent = { ...headers, "content-type": "application/json", "content-length": Buffer.byteLength(text) };
      const outgoing = request({ ...options, headers: sent }, async (incoming) => {
        let answer = "";
        try {
          for await (const part of incoming.setEncoding("utf8")) answer += part;
          resolve({ status: incoming.statusCode, body: JSON.parse(answer) });
        } catch {
          lost();
        }
      });
      outgoing.on("error", lost);
      outgoing.end(text);
    });
  }
}

/** As many processes as there are configurations. */
export const startAll = (configs) => Promise.all(configs.map((config) => new App(config).start()));

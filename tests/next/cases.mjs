// The shared HTTP suite's handlers behind a Next.js server that runs in this process: Next's own request,
// its own way to send an answer, and the guard of the suite.
import { Console } from "node:console";
import { randomUUID } from "node:crypto";
import { createServer } from "node:http";
import next from "next";
import { nextAdapter } from "../http/adapters.mjs";
import { listen } from "../http/client.mjs";
import { BUNDLERS, envOf, site } from "./build.mjs";

/** Starts Next for the site that was built; gives an adapter, and how to stop. */
export async function startCases() {
  const cases = new Map();
  // The route of the site looks here, since it is a bundle of its own.
  globalThis.cases = cases;
  // What Next says would come between the test runner's messages, which go over this process's standard output.
  globalThis.console = new Console(process.stderr);
  Object.assign(process.env, envOf(BUNDLERS[0]));
  const app = next({ dir: site, dev: false });
  await app.prepare();
  const answer = app.getRequestHandler();
  const serve = (t, route, { maxHeaderSize } = {}) => {
    const id = randomUUID();
    cases.set(id, route);
    const server = createServer({ maxHeaderSize }, (req, res) => {
      req.url = `/case/${id}`;
      void answer(req, res);
    });
    return listen(t, server);
  };
  // Node's own list of headers keeps the first, and Next hands on nothing else.
  const adapter = { ...nextAdapter, name: "Next.js, built", showsFirstFieldOnly: true, serve };
  return { adapter, stop: () => app.close() };
}

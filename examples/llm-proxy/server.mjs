// Starts the proxy, and its stand-in for a model.
import { once } from "node:events";
import { createServer } from "node:http";
import { AgentKey } from "keyrail";
import { llmProxy } from "./proxy.mjs";
import { openStore } from "./store.mjs";
import { standInModel } from "./upstream.mjs";

const UPSTREAM_KEY = process.env.UPSTREAM_KEY ?? "known-to-the-proxy-alone";

const store = openStore();
const ak = new AgentKey({ store, onEvent: ({ code, message }) => console.warn(`${code}: ${message}`) });

async function listen(server, port) {
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  return `http://127.0.0.1:${server.address().port}`;
}

const model = standInModel({ key: UPSTREAM_KEY });
const modelUrl = await listen(model, 0);
const proxy = createServer(llmProxy(ak, { url: modelUrl, key: UPSTREAM_KEY }));
const proxyUrl = await listen(proxy, Number(process.env.PORT ?? 3000));
console.log(`the proxy listens on ${proxyUrl}, the model on ${modelUrl}`);

// Answers that are under way are finished, and paid, first.
process.once("SIGTERM", () => {
  proxy.close(async () => {
    await ak.close();
    await store.close();
    model.close();
    model.closeAllConnections();
  });
  proxy.closeIdleConnections();
});

// The apps of `express-apps.mjs`, each in a process of its own.
import { fork } from "node:child_process";
import { once } from "node:events";

const processes = [];

/** Starts an app over `at`, with so many keys; gives its port and the keys. */
export const startApp = async (kind, at, count) => {
  const env = { ...process.env, NODE_ENV: "production" };
  const app = fork(new URL("express-apps.mjs", import.meta.url), { env });
  processes.push(app);
  app.send({ kind, at, count });
  const [told] = await Promise.race([
    once(app, "message"),
    once(app, "exit").then(() => Promise.reject(new Error(`the ${kind} app does not start`))),
  ]);
  return told;
};

/** Ends every app. */
export const stopApps = () => {
  for (const app of processes.splice(0)) app.disconnect();
};

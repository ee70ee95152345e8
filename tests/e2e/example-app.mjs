// An example's app as a process of its own, and how it is called: as a stranger's program would.
import { spawn } from "node:child_process";
import { once } from "node:events";

/**
 * Starts a program with `env` beside this process's, on a free port, and waits until it says where it
 * listens; `onSpawn` has the process before that, to end it whatever comes. `ask` gives an answer's
 * status and body, and what it says is left of the budget; `said` is the app's first words.
 */
export async function startApp(program, onSpawn, { env = {}, ...options } = {}) {
  const app = spawn(process.execPath, program, {
    ...options,
    env: { ...process.env, PORT: "0", ...env },
    stdio: ["ignore", "pipe", "inherit"],
  });
  onSpawn(app);
  const [line] = await once(app.stdout.setEncoding("utf8"), "data");
  const [base] = /http:\/\/\S+/.exec(line);
  const ask = async (method, path, key, body) => {
    const headers = { "content-type": "application/json", ...(key && { authorization: `Bearer ${key}` }) };
    const answer = await fetch(base + path, { method, headers, body: JSON.stringify(body) });
    return { status: answer.status, left: answer.headers.get("ratelimit"), body: await answer.json() };
  };
  return { app, said: line, ask, post: (path, body, key) => ask("POST", path, key, body) };
}

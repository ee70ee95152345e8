// `next start` for the site that was built, as a process of its own on a free port.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { envOf, next, site } from "./build.mjs";

/** Starts what one bundler has built; gives the port and how to stop. */
export async function start(bundler) {
  const args = [next, "start", "--hostname", "127.0.0.1", "--port", "0"];
  const server = spawn(process.execPath, args, {
    cwd: site,
    env: envOf(bundler),
    stdio: ["ignore", "pipe", "inherit"],
  });
  const stop = async () => {
    server.kill("SIGKILL");
    if (server.exitCode === null && server.signalCode === null) await once(server, "exit");
  };
  let said = "";
  const port = await new Promise((resolve, reject) => {
    server.once("exit", () => reject(new Error(`next start ended before it was ready:\n${said}`)));
    // Not an iterator, which would close the pipe that the server goes on writing into.
    server.stdout.setEncoding("utf8").on("data", (part) => {
      said += part;
      if (/Ready in/.test(said)) resolve(/127\.0\.0\.1:(\d+)/.exec(said)?.[1]);
    });
  });
  return { port: Number(port), stop };
}

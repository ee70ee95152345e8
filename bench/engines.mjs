// Runs a benchmark file once for each engine: which one serves is settled when the package is imported.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const CHILD = "KEYRAIL_BENCH_CHILD";

/** What Node uses by itself, and WebAssembly alone, as every other runtime has it. */
const ENGINES = ["", "wasm"];

/** Calls `run` with the name of the engine in a process for each; this process fails if one of them does. */
export const onEachEngine = async (url, run) => {
  if (process.env[CHILD] !== undefined) {
    await run(process.env["KEYRAIL_ENGINE"] === "wasm" ? "WebAssembly" : "Node");
    return;
  }
  for (const engine of ENGINES) {
    const env = { ...process.env, KEYRAIL_ENGINE: engine, [CHILD]: "1" };
    const { status } = spawnSync(process.execPath, [fileURLToPath(url)], { stdio: "inherit", env });
    if (status !== 0) process.exitCode = 1;
  }
};

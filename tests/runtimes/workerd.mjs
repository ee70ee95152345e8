// workerd, through miniflare: Workers bundled as wrangler bundles them.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, resolve } from "node:path";
import { Miniflare } from "miniflare";
import { bundle } from "./bundle.mjs";
import { collectCases } from "./collect-cases.mjs";

/** As wrangler: a `.wasm` is no part of the script, but a module beside it. */
const wasmModules = (modules) => ({
  name: "wasm-modules",
  setup: ({ onResolve }) =>
    onResolve({ filter: /\.wasm$/ }, ({ path, resolveDir }) => {
      const name = basename(path);
      modules.set(name, { type: "CompiledWasm", path: name, contents: readFileSync(resolve(resolveDir, path)) });
      return { path: `./${name}`, external: true };
    }),
});

/** A Worker, bundled and about to start, with its bindings; `ready` gives its address. */
export const startWorker = async (entry, bindings = {}) => {
  const wasm = new Map();
  const conditions = ["workerd", "worker", "browser"];
  const contents = await bundle({ entry, conditions, plugins: [wasmModules(wasm)] });
  const modules = [{ type: "ESModule", path: "worker.mjs", contents }, ...wasm.values()];
  return new Miniflare({ ...bindings, modules, compatibilityDate: "2026-04-01", host: "127.0.0.1", port: 0 });
};

/** Starts a Worker for as long as `use` takes; `ask` posts JSON to a route and gives the JSON of its answer. */
export const withWorker = async (entry, use, bindings) => {
  const miniflare = await startWorker(entry, bindings);
  try {
    return await use(async (route, body = null) => {
      const request = { method: "POST", body: JSON.stringify(body) };
      const response = await miniflare.dispatchFetch(new URL(route, "http://worker"), request);
      const text = await response.text();
      if (!response.ok) throw new Error(`${route} answered ${response.status}: ${text}`);
      return JSON.parse(text);
    });
  } finally {
    await miniflare.dispose();
  }
};

/**
 * workerd's own clock stands still while a script runs, so its caller takes the time, of the whole
 * request. workerd has compiled the module before.
 */
const startUpMs = () =>
  withWorker("./worker-first.mjs", async (ask) => {
    await ask("/nothing");
    const began = performance.now();
    await ask("/first");
    return performance.now() - began;
  });

/** What the program says that miniflare runs. */
const versionOfProgram = () => {
  const { default: program } = createRequire(import.meta.resolve("miniflare"))("workerd");
  return execFileSync(program, ["--version"], { encoding: "utf8" }).trim().split(" ")[1];
};

/** miniflare 4.YYYYMMDD.0 brings the workerd of that day. */
const versionOfPin = () => {
  const { dependencies } = JSON.parse(readFileSync(new URL("./package.json", import.meta.url), "utf8"));
  return dependencies.miniflare.replace(/^4\.(\d{4})(\d{2})(\d{2})\.0$/, "$1-$2-$3");
};

const runner = (title, entry) => ({
  title,
  expected: () => ({ name: "workerd", version: versionOfPin(), engine: "wasm" }),
  run: async () => ({
    ...(await withWorker(entry, (ask) => ask("/", collectCases()))),
    version: versionOfProgram(),
    startUpMs: await startUpMs(),
  }),
});

/** Every runner of this file. */
export const workerdRunners = [
  runner("workerd, a Worker that imports", "./worker-imports.mjs"),
  runner("workerd, a Worker that requires", "./worker-requires.cjs"),
];

// Vercel's edge-runtime: a function bundled as Next bundles it.
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { EdgeRuntime } from "edge-runtime";
import { bundle } from "./bundle.mjs";
import { collectCases } from "./collect-cases.mjs";

/**
 * As Next: `?module` gives a module that the platform has compiled. A module of another realm is none
 * in the sandbox, so here it is compiled inside, which the platform would not let the function do.
 */
const compiledModules = {
  name: "compiled-modules",
  setup: ({ onResolve, onLoad }) => {
    onResolve({ filter: /\.wasm\?module$/ }, ({ path, resolveDir }) => ({
      path: resolve(resolveDir, path.replace(/\?module$/, "")),
      namespace: "compiled",
    }));
    onLoad({ filter: /./, namespace: "compiled" }, ({ path }) => {
      const text = JSON.stringify(readFileSync(path).toString("base64"));
      const bytes = `Uint8Array.from(atob(${text}), (unit) => unit.charCodeAt(0))`;
      return { contents: `export default new WebAssembly.Module(${bytes});`, loader: "js" };
    });
  },
};

const readManifest = (path) => JSON.parse(readFileSync(new URL(path, import.meta.url), "utf8"));

const run = async () => {
  const entry = "./edge-function.mjs";
  const initialCode = await bundle({ entry, format: "iife", conditions: ["edge-light"], plugins: [compiledModules] });
  const runtime = new EdgeRuntime({ initialCode });
  const request = { method: "POST", body: JSON.stringify(collectCases()) };
  const response = await runtime.dispatchFetch("http://edge/", request);
  const text = await response.text();
  if (response.status !== 200) throw new Error(`the edge function answered ${response.status}: ${text}`);
  return { ...JSON.parse(text), version: readManifest("./node_modules/edge-runtime/package.json").version };
};

/** Every runner of this file. */
export const edgeRuntimeRunners = [
  {
    title: "edge-runtime",
    expected: () => ({
      name: "edge-runtime",
      version: readManifest("./package.json").dependencies["edge-runtime"],
      engine: "wasm",
    }),
    run,
  },
];

// Vercel's edge-runtime: a function bundled as Next bundles it.
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { EdgeRuntime } from "edge-runtime";
import { bundle } from "./bundle.mjs";
import { collectCases } from "./collect-cases.mjs";

/** As Next: `?module` gives a module that was compiled outside the sandbox and is a global in it. */
const modulesAsGlobals = (globals) => ({
  name: "modules-as-globals",
  setup: ({ onResolve, onLoad }) => {
    onResolve({ filter: /\.wasm\?module$/ }, ({ path, resolveDir }) => ({
      path: resolve(resolveDir, path.replace(/\?module$/, "")),
      namespace: "compiled",
    }));
    onLoad({ filter: /./, namespace: "compiled" }, ({ path }) => {
      const name = `wasm_${Object.keys(globals).length}`;
      globals[name] = new WebAssembly.Module(readFileSync(path));
      return { contents: `export default ${name};`, loader: "js" };
    });
  },
});

const readManifest = (path) => JSON.parse(readFileSync(new URL(path, import.meta.url), "utf8"));

const run = async () => {
  const globals = {};
  const initialCode = await bundle({
    entry: "./edge-function.mjs",
    format: "iife",
    conditions: ["edge-light"],
    plugins: [modulesAsGlobals(globals)],
  });
  const runtime = new EdgeRuntime({ initialCode, extend: (context) => Object.assign(context, globals) });
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

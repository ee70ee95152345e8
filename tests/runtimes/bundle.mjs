// Bundles an entry for a runtime as the tools of that runtime do: what it resolves is the package's own
// choice by the conditions of its `exports` and `imports`.
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

/** One file of JavaScript. `conditions` are the runtime's, `plugins` stand for what its tools add. */
export const bundle = async ({ entry, conditions, format = "esm", plugins = [] }) => {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL(entry, import.meta.url))],
    bundle: true,
    write: false,
    format,
    conditions,
    plugins,
    target: "es2022",
    logLevel: "silent",
  });
  return outputFiles[0].text;
};

// What a bundler takes from the package, in a folder where a stranger has installed it.
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { join, relative, resolve } from "node:path";

/** What the stranger bundles with. */
export const BUNDLER = { esbuild: "0.28.2" };

/** How the tools of each target resolve, and the engine that they must come to. */
export const TARGETS = {
  workerd: { conditions: ["workerd", "worker", "browser"], platform: "browser", engine: "workerd.mjs" },
  "edge-light": { conditions: ["edge-light"], platform: "neutral", engine: "edge-light.mjs" },
  browser: { conditions: ["browser"], platform: "browser", engine: "inlined.js" },
  node: { conditions: [], platform: "node", engine: "node.js" },
  "no target": { conditions: [], platform: "neutral", engine: "inlined.js" },
};

/** The two ways to ask for a sub-path, and the half of the package that serves each. */
export const FORMS = {
  import: { half: "dist/", source: (specifier) => `export * from ${JSON.stringify(specifier)};` },
  require: { half: "dist/cjs/", source: (specifier) => `module.exports = require(${JSON.stringify(specifier)});` },
};

/** A `.wasm` is left to the runtime, by its path in the package; one that is not there is an error. */
const wasmLeftAlone = (home) => ({
  name: "wasm-left-alone",
  setup: ({ onResolve }) =>
    onResolve({ filter: /\.wasm(\?module)?$/ }, ({ path, resolveDir }) => {
      const [file, query = ""] = path.split(/(?=\?)/);
      const target = resolve(resolveDir, file);
      if (!existsSync(target)) return { errors: [{ text: `${path} is not shipped` }] };
      return { path: relative(home, target) + query, external: true };
    }),
});

/**
 * Bundles one sub-path for one target. Gives the package's files that are in the bundle, what it leaves
 * to the runtime, and the minified script.
 */
export const bundleInputs = async (folder, specifier, target, form = "import") => {
  const { build } = createRequire(join(folder, "package.json"))("esbuild");
  const home = join(folder, "node_modules/keyrail");
  const { conditions, platform } = TARGETS[target];
  const { metafile, outputFiles } = await build({
    stdin: { contents: FORMS[form].source(specifier), resolveDir: folder },
    absWorkingDir: folder,
    bundle: true,
    minify: true,
    write: false,
    metafile: true,
    format: "esm",
    target: "es2022",
    conditions,
    platform,
    plugins: [wasmLeftAlone(home)],
    logLevel: "silent",
  });
  const [{ inputs, imports }] = Object.values(metafile.outputs);
  const files = Object.keys(inputs).filter((path) => path !== "<stdin>");
  return {
    files: files.map((path) => relative(home, join(folder, path))).sort(),
    imports: imports.map(({ path }) => path).sort(),
    script: outputFiles[0].text,
  };
};

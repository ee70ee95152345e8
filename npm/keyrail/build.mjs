// Builds dist/: every source file transformed on its own, as ESM and as CommonJS, and the types for both.
// Nothing is bundled, so that `keyrail` and `keyrail/express` share one instance of every module.
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = dirname(fileURLToPath(import.meta.url));
const generated = join(root, "src/generated");
const dist = join(root, "dist");
const fresh = join(root, "dist.new");
const wasmModules = ["keyrail", "keyrail-keys"];

const sources = (...extensions) =>
  readdirSync(join(root, "src"), { recursive: true })
    .map((name) => join(root, "src", name))
    .filter((path) => extensions.some((extension) => path.endsWith(extension)) && !path.endsWith(".d.ts"));

/** The module's bytes as text, for runtimes that can neither read a file nor import a `.wasm`. */
const inline = (name) => {
  const bytes = readFileSync(join(generated, `${name}.wasm`)).toString("base64");
  writeFileSync(join(generated, `${name}.inlined.js`), `export const base64 = "${bytes}";\n`);
  writeFileSync(join(generated, `${name}.inlined.d.ts`), "export declare const base64: string;\n");
};

/** Files that find their neighbours on disk; only they may name Node's modules outside an import. */
const isNodeEngine = (path) => /[\\/]engine[\\/]node[^\\/]*\.ts$/.test(path);

/** Files that import a `.wasm`, which only an ES module can: they stay one in the CommonJS half. */
const wasmImporters = () => sources(".mts");

/** Both halves share one copy of each module, so the way to it is not that of the sources. */
const sharedWasm = (up) => ({
  name: "shared-wasm",
  setup: ({ onLoad }) =>
    onLoad({ filter: /\.mts$/ }, ({ path }) => ({
      contents: readFileSync(path, "utf8").replace('"../generated/', `"${up}`),
      loader: "ts",
    })),
});

const transform = async (format, outdir, up) => {
  const common = {
    outdir,
    outbase: join(root, "src"),
    bundle: false,
    format,
    platform: "node",
    target: "es2022",
    logLevel: "warning",
  };
  await build({ ...common, entryPoints: sources(".ts", ".js").filter((path) => !isNodeEngine(path)) });
  await build({
    ...common,
    entryPoints: sources(".ts").filter(isNodeEngine),
    // Literal paths, so that tools which trace files see them.
    define: {
      KEYRAIL_ROOT: JSON.stringify(`${up}../`),
      ...(format === "cjs" ? { "import.meta.url": "moduleUrl" } : {}),
    },
    ...(format === "cjs"
      ? { banner: { js: 'const moduleUrl = require("node:url").pathToFileURL(__filename).href;' } }
      : {}),
  });
  await build({
    ...common,
    entryPoints: wasmImporters(),
    format: "esm",
    outExtension: { ".js": ".mjs" },
    plugins: [sharedWasm(up)],
  });
};

const types = () => {
  const compiler = join(root, "node_modules/typescript/bin/tsc");
  // Not `--outDir`: by that of the project the compiler knows which source a file of `imports` comes from.
  // `paths` would say it too, but Bun follows them when it runs the package from this folder.
  const options = ["--project", join(root, "tsconfig.json"), "--declarationDir", fresh];
  const { status } = spawnSync(process.execPath, [compiler, ...options], { stdio: "inherit" });
  if (status !== 0) process.exit(status ?? 1);
};

/** `#engine` is looked up in the nearest manifest, so the CommonJS half repeats the map with its own files. */
const commonJsManifest = () => {
  const { imports } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const own = JSON.stringify(imports).replaceAll('"./dist/', '"./');
  return `{ "type": "commonjs", "imports": ${own} }\n`;
};

const copyTypes = () => {
  for (const name of readdirSync(fresh, { recursive: true })) {
    if (name.endsWith(".d.ts") && !name.startsWith("cjs")) cpSync(join(fresh, name), join(fresh, "cjs", name));
  }
};

for (const name of wasmModules) inline(name);
rmSync(fresh, { recursive: true, force: true });
mkdirSync(join(fresh, "cjs"), { recursive: true });
types();
await transform("esm", fresh, "../");
await transform("cjs", join(fresh, "cjs"), "../../");
writeFileSync(join(fresh, "cjs/package.json"), commonJsManifest());
copyTypes();
for (const name of wasmModules) cpSync(join(generated, `${name}.wasm`), join(fresh, `${name}.wasm`));
// Swapped at the end: a build that fails leaves the last good one in place.
rmSync(dist, { recursive: true, force: true });
renameSync(fresh, dist);

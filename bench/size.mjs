// What a user downloads, in bytes, as JSON for `cargo xtask size`.
//
// The glue of a module is the JavaScript that stands between the library and the module: all that its
// engine file (engine/wasm.js, engine/wasm-keys.js) imports, which is what wasm-bindgen generated,
// the views into the memory and the error class, bundled and minified by esbuild as in a page.
// Everything is compressed by gzip at level 9.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const packageRoot = new URL("../npm/keyrail/", import.meta.url);
const { buildSync } = createRequire(new URL("package.json", packageRoot))("esbuild");

const sizes = (name, bytes) => ({ name, raw: bytes.length, gzip: gzipSync(bytes, { level: 9 }).length });

const module = (file) => sizes(file, readFileSync(new URL(`dist/${file}`, packageRoot)));

const glue = (name, entry) => {
  const entryPoints = [fileURLToPath(new URL(`dist/engine/${entry}`, packageRoot))];
  const options = { bundle: true, minify: true, format: "esm", target: "es2022", write: false };
  const [bundle] = buildSync({ entryPoints, ...options }).outputFiles;
  return sizes(name, bundle.contents);
};

const tarball = () => {
  const args = ["pack", "--dry-run", "--json", "--ignore-scripts", "--loglevel=error"];
  const packed = spawnSync("npm", args, { cwd: packageRoot, encoding: "utf8" });
  if (packed.status !== 0) throw new Error(`npm pack failed: ${packed.stderr}`);
  const [{ size, unpackedSize }] = JSON.parse(packed.stdout);
  return { packed: size, unpacked: unpackedSize };
};

const parts = [
  module("keyrail.wasm"),
  module("keyrail-keys.wasm"),
  glue("keyrail glue", "wasm.js"),
  glue("keyrail-keys glue", "wasm-keys.js"),
];
process.stdout.write(JSON.stringify({ parts, tarball: tarball() }));

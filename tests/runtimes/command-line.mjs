// Node, Bun and Deno: programs of the command line that run `run.mjs` and print one line of JSON.
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const here = fileURLToPath(new URL(".", import.meta.url));
const script = join(here, "run.mjs");
const TIME_LIMIT_MS = 60_000;

const inModules = (...names) => join(here, "node_modules", ...names);
const versionOf = (name) => JSON.parse(readFileSync(inModules(name, "package.json"), "utf8")).version;

/** A program among the packages, which Bun and Deno put there by their install scripts. */
const installed = (...names) => {
  const program = inModules(...names);
  if (existsSync(program)) return program;
  // npm says nothing about an optional package that it could not fetch.
  throw new Error(`${program} is not there; run \`npm install\` in tests/runtimes with install scripts allowed`);
};

/** The environment without what would choose an engine or change a Node. */
const plainEnvironment = () => {
  const { KEYRAIL_ENGINE: _engine, NODE_OPTIONS: _options, NODE_TEST_CONTEXT: _runner, ...rest } = process.env;
  return rest;
};

/** Runs a program to its end and reads its line. */
const ask = (program, args, env) => {
  const options = { cwd: here, env: { ...plainEnvironment(), NO_COLOR: "1", ...env }, encoding: "utf8" };
  const done = spawnSync(program, [...args, script], { ...options, maxBuffer: 1 << 26, timeout: TIME_LIMIT_MS });
  if (done.error) throw done.error;
  if (done.status !== 0) throw new Error(`${program} ended with ${done.status ?? done.signal}:\n${done.stderr}`);
  return JSON.parse(done.stdout);
};

/** One runner for each engine; none stands for what the package picks by itself. */
const onEngines = (runtime, engines) =>
  engines.map(({ forced, engine, without }) => ({
    title: `${runtime.title}${without ? ` without ${without}` : ""}, ${forced ? `${engine} forced` : `${engine} by itself`}`,
    missing: runtime.missing,
    expected: () => ({ name: runtime.name, version: runtime.version(), engine }),
    run: () => runtime.run(forced ? { KEYRAIL_ENGINE: forced } : {}, without),
  }));

const byItselfOrWasm = [{ engine: "native" }, { forced: "wasm", engine: "wasm" }];
const allEngines = [...byItselfOrWasm, { forced: "native", engine: "native" }];

const RUNNING = "20";
const major = process.versions.node.split(".")[0];

/** The Node of these tests; `program` is the path of its executable. */
export const runningNode = {
  name: "node",
  title: `Node ${RUNNING}`,
  missing:
    major === RUNNING ? undefined : `these tests run on Node ${process.versions.node}; run them on Node ${RUNNING}`,
  version: () => process.versions.node,
  program: () => process.execPath,
  run: (env) => ask(process.execPath, [], env),
};

/** A Node that is a package of its own, by the name of this machine. */
export const packagedNode = (release) => {
  const machine = `${process.platform}-${process.arch}`;
  const name = `node${release}-${machine}`;
  const { optionalDependencies } = JSON.parse(readFileSync(join(here, "package.json"), "utf8"));
  const program = () => installed(name, "bin/node");
  return {
    name: "node",
    title: `Node ${release}`,
    missing: name in optionalDependencies ? undefined : `no package of Node ${release} is listed for ${machine}`,
    version: () => versionOf(name),
    program,
    run: (env) => ask(program(), [], env),
  };
};

const bun = {
  name: "bun",
  title: "Bun",
  version: () => versionOf("bun"),
  run: (env) => ask(installed("bun/bin/bun.exe"), [], env),
};

const deno = {
  name: "deno",
  title: "Deno",
  version: () => versionOf("deno"),
  run: (env, without) => {
    const cache = mkdtempSync(join(tmpdir(), "keyrail-deno-"));
    // The cases are read by the suite; the package itself needs no permission.
    const allowed = without === undefined ? ["read", "env", "ffi"] : [`read=${join(here, "../vectors")}`];
    const flags = ["--no-lock", "--cached-only", "--no-prompt", ...allowed.map((access) => `--allow-${access}`)];
    try {
      return ask(installed("deno/deno"), ["run", ...flags], { ...env, DENO_DIR: cache, DENO_NO_UPDATE_CHECK: "1" });
    } finally {
      rmSync(cache, { recursive: true, force: true });
    }
  },
};

/** Every runner of this file. */
export const commandLineRunners = [
  ...[runningNode, packagedNode("22"), packagedNode("24")].flatMap((node) => onEngines(node, allEngines)),
  ...onEngines(bun, byItselfOrWasm),
  ...onEngines(deno, [...byItselfOrWasm, { engine: "wasm", without: "permissions" }]),
];

// The Rust side: it makes the scenarios of seeds and judges what was played of them.
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const run = promisify(execFile);

async function keyrailSim(...args) {
  const cargo = ["run", "--quiet", "--locked", "--package", "keyrail-sim", "--"];
  return run("cargo", [...cargo, ...args], { cwd: ROOT, maxBuffer: 1 << 26 });
}

/** A folder that is gone after `work`. */
export async function withFolder(work) {
  const folder = await mkdtemp(join(tmpdir(), "keyrail-sim-"));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The scenarios of `count` seeds from `first`, each as its lines. */
export async function scenarios(folder, first, count, steps) {
  await keyrailSim("scenarios", "--from", first, "--seeds", count, "--steps", steps, "--into", folder);
  const seeds = Array.from({ length: count }, (_, index) => first + index);
  const read = async (seed) => linesOf(await readFile(join(folder, `${seed}.scenario`), "utf8"));
  return Promise.all(seeds.map(async (seed) => ({ seed, lines: await read(seed) })));
}

/**
 * Judges histories by name; throws what the oracle has against one. Gives what it says of sound ones.
 * With `commitsOnly`, answers that wrote nothing are not judged.
 */
export async function judge(folder, histories, { commitsOnly = false } = {}) {
  const files = [];
  for (const { name, history } of histories) {
    const file = join(folder, `${name}.history`);
    await writeFile(file, `${history.map((line) => JSON.stringify(line)).join("\n")}\n`);
    files.push(file);
  }
  try {
    return (await keyrailSim("check", ...(commitsOnly ? ["--commits"] : []), ...files)).stdout.trim();
  } catch (fault) {
    throw new Error(fault.stderr || fault.message);
  }
}

function linesOf(text) {
  return text
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
}

// Packs the packages and installs them into an empty folder, as a stranger would.
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../../", import.meta.url));

/** Runs a program to its end; its failure is an error with all that it printed. */
export const run = (program, args, options = {}) => {
  const done = spawnSync(program, args, { encoding: "utf8", maxBuffer: 1 << 26, ...options });
  if (done.error) throw done.error;
  if (done.status !== 0) throw new Error(`${program} ${args.join(" ")} failed:\n${done.stdout}${done.stderr}`);
  return done.stdout;
};

/** The folders of the package and of those addon packages that hold an addon built here. */
const packageFolders = () => {
  const folders = readdirSync(join(root, "npm")).map((name) => join(root, "npm", name));
  const isBuilt = (folder) => readdirSync(folder).some((name) => name.endsWith(".node"));
  const hasManifest = (folder) => existsSync(join(folder, "package.json"));
  return folders.filter((folder) => hasManifest(folder) && (folder.endsWith("keyrail") || isBuilt(folder)));
};

/** Packs every package into `into`: name, tarball, and the paths of the files in it. */
export const pack = (into) =>
  packageFolders().map((folder) => {
    const args = ["pack", "--json", "--ignore-scripts", "--loglevel=error", "--pack-destination", into];
    const [{ name, filename, files }] = JSON.parse(run("npm", args, { cwd: folder }));
    return { name, tarball: join(into, filename), files: files.map((file) => file.path) };
  });

/** An empty folder with nothing in it but the tarballs, Express, Fastify, Hono, what a TypeScript user has, and `tools`. */
export const install = (tools = {}) => {
  const folder = mkdtempSync(join(tmpdir(), "keyrail-packaging-"));
  const packages = pack(folder);
  const tarballs = packages.map(({ name, tarball }) => [name, `file:${tarball}`]);
  const manifest = {
    name: "stranger",
    private: true,
    dependencies: { ...Object.fromEntries(tarballs), express: "^5.1.0", fastify: "^5.0.0", hono: "^4.0.0" },
    devDependencies: { "@types/express": "^5.0.0", "@types/node": "^20.0.0", ...tools },
  };
  writeFileSync(join(folder, "package.json"), JSON.stringify(manifest));
  run("npm", ["install", "--prefer-offline", "--no-audit", "--no-fund", "--loglevel=error"], { cwd: folder });
  return { folder, packages, remove: () => rmSync(folder, { recursive: true, force: true }) };
};

// Builds the site with the package as npm would give it to a stranger: packed, and unpacked beside Next.
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { pack, run } from "../packaging/pack.mjs";

const here = fileURLToPath(new URL(".", import.meta.url));

/** The bundlers that Next has; the site is built by each. */
export const BUNDLERS = ["turbopack", "webpack"];
/** Where the site is, and the program that builds and starts it. */
export const site = join(here, "site");
export const next = join(here, "node_modules/next/dist/bin/next");

/** The environment of Next for what one bundler has built. */
export const envOf = (bundler) => ({ ...process.env, NEXT_TELEMETRY_DISABLED: "1", SITE_BUILD: `.${bundler}` });

/** Puts the package where Next looks for it. */
export function installKeyrail() {
  const tarballs = mkdtempSync(join(tmpdir(), "keyrail-next-"));
  try {
    for (const { name, tarball } of pack(tarballs)) {
      const folder = join(here, "node_modules", name);
      rmSync(folder, { recursive: true, force: true });
      mkdirSync(folder, { recursive: true });
      run("tar", ["-xzf", tarball, "-C", folder, "--strip-components=1"]);
    }
  } finally {
    rmSync(tarballs, { recursive: true, force: true });
  }
}

/** Builds everything anew, types included. */
export function build(bundler) {
  rmSync(join(site, `.${bundler}`), { recursive: true, force: true });
  const options = { cwd: site, env: envOf(bundler), encoding: "utf8" };
  const { status, stdout, stderr } = spawnSync(process.execPath, [next, "build", `--${bundler}`], options);
  if (status !== 0) throw new Error(`next build --${bundler} failed:\n${stdout}${stderr}`);
}

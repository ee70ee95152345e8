// Builds the site with the package as npm would give it to a stranger: packed, and unpacked beside Next.
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { pack, run } from "../packaging/pack.mjs";

const here = fileURLToPath(new URL(".", import.meta.url));
export const site = join(here, "site");
export const next = join(here, "node_modules/next/dist/bin/next");
export const env = { ...process.env, NEXT_TELEMETRY_DISABLED: "1" };

function installKeyrail() {
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
export function build() {
  installKeyrail();
  rmSync(join(site, ".next"), { recursive: true, force: true });
  const { status, stdout, stderr } = spawnSync(process.execPath, [next, "build"], { cwd: site, env, encoding: "utf8" });
  if (status !== 0) throw new Error(`next build failed:\n${stdout}${stderr}`);
  return stdout;
}

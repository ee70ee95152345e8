// A disk of its own that can be filled: a file system in memory, which only root may mount.
import { execFileSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Why there can be no such disk here; `false` where there can. */
export function withoutSmallDisk() {
  try {
    smallDisk(65_536).remove();
    return false;
  } catch (fault) {
    return `a small disk cannot be mounted here: ${String(fault.stderr ?? fault.message).trim()}`;
  }
}

/** A disk of so many bytes. */
export function smallDisk(bytes) {
  const folder = mkdtempSync(join(tmpdir(), "keyrail-disk-"));
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", `size=${bytes}`, "tmpfs", folder], { stdio: "pipe" });
  } catch (fault) {
    rmSync(folder, { recursive: true });
    throw fault;
  }
  chmodSync(folder, 0o777);
  const ballast = join(folder, "ballast");
  const fill = () => {
    for (let size = 65_536; size >= 4_096; size /= 2) {
      try {
        for (;;) writeFileSync(ballast, Buffer.alloc(size), { flag: "a" });
      } catch (fault) {
        if (fault.code !== "ENOSPC") throw fault;
      }
    }
  };
  const empty = () => rmSync(ballast, { force: true });
  const remove = () => {
    execFileSync("umount", ["-l", folder]);
    rmSync(folder, { recursive: true, force: true });
  };
  return { folder, fill, empty, remove };
}

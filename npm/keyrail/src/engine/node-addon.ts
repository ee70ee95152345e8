/** Finding this machine's addon. */
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { KeyrailError } from "../errors.js";
import type { Addon } from "./addon.js";
import { isAllowed } from "./node-permissions.js";

/** Replaced by the build: the way from this file to the package's root. */
declare const KEYRAIL_ROOT: string;

/** This machine in the words of the napi conventions; on Linux either C library may be there. */
function platforms(): readonly string[] {
  const { platform, arch } = process;
  if (platform === "linux") return [`linux-${arch}-gnu`, `linux-${arch}-musl`];
  return platform === "win32" ? [`win32-${arch}-msvc`] : [`${platform}-${arch}`];
}

/** Whether an addon may be looked up, for which its folder is read, and then be loaded. */
function isAllowedToLoad(place: string, require: NodeRequire): boolean {
  // Not `new URL(root, import.meta.url)`, which webpack takes for an asset: it would emit the package as one.
  const folder = join(dirname(fileURLToPath(import.meta.url)), KEYRAIL_ROOT);
  if (!isAllowed({ name: "read", path: folder })) return false;
  return isAllowed({ name: "ffi", path: require.resolve(/* turbopackIgnore: true */ place) });
}

/**
 * This machine's addon: the one that a build left in the package, else the platform's own package.
 *
 * @param permission whether a runtime that allows addons only by a person's word may ask for it
 * @throws KeyrailError `addon_unavailable`; its cause holds what the loader said
 */
export function loadAddon(permission: "ask" | "never ask"): Addon {
  const require = createRequire(import.meta.url);
  const faults: unknown[] = [];
  for (const name of platforms()) {
    for (const place of [`${KEYRAIL_ROOT}keyrail.${name}.node`, `keyrail-${name}`]) {
      try {
        if (permission === "never ask" && !isAllowedToLoad(place, require)) continue;
        // Turbopack, which builds Next apps, would take the addon into its chunks and fail at it.
        return require(/* turbopackIgnore: true */ place) as Addon;
      } catch (fault) {
        faults.push(fault);
      }
    }
  }
  const packages = platforms()
    .map((name) => `keyrail-${name}`)
    .join(" or ");
  throw new KeyrailError(
    "addon_unavailable",
    `the native addon did not load; install ${packages}, or unset KEYRAIL_ENGINE to use WebAssembly`,
    { cause: new AggregateError(faults) },
  );
}

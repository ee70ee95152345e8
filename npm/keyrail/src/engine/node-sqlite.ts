/** SQLite on Node, Bun and Deno: in the addon. */
import { KeyrailError } from "../errors.js";
import { loadAddon } from "./node-addon.js";
import type { SqliteAddon } from "./sqlite-file.js";

/**
 * The addon, also where `KEYRAIL_ENGINE` has WebAssembly decide: only the addon can open a file.
 *
 * @throws KeyrailError `addon_unavailable`
 */
export function sqliteAddon(): SqliteAddon {
  try {
    return loadAddon("ask");
  } catch (cause) {
    throw new KeyrailError(
      "addon_unavailable",
      "sqlite() needs the native addon, which did not load here; install the addon package of this platform, or use postgres()",
      { cause },
    );
  }
}

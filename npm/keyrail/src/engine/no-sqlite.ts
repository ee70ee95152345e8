/** Where there are no addons there is no SQLite. */
import { KeyrailError } from "../errors.js";
import type { SqliteAddon } from "./sqlite-file.js";

/**
 * Never gives an addon.
 *
 * @throws KeyrailError `addon_unavailable`
 */
export function sqliteAddon(): SqliteAddon {
  throw new KeyrailError(
    "addon_unavailable",
    "sqlite() needs the native addon, which browsers and edge runtimes do not load; use another store there",
  );
}

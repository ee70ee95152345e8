// Where the keys and their money lie: a file that survives the proxy, and that `keys.mjs` may open beside it.
import { sqlite } from "keyrail/stores/sqlite";

export const openStore = () => sqlite(process.env.KEYS_FILE ?? "keys.db");

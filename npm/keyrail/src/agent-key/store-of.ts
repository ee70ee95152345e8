/** The store that the options of an `AgentKey` mean. */
import { KeyrailError } from "../errors.js";
import type { Store } from "../store/contract.js";
import { postgres } from "../stores/postgres/index.js";
import type { AgentKeyOptions } from "./types.js";

/**
 * The given store, or one in Postgres on the given pool. Does no I/O.
 *
 * @throws KeyrailError `missing_store`, `invalid_option`, `invalid_table_name`
 */
export function storeOf(options: AgentKeyOptions): Store {
  const { store, pool, tableName } = options ?? {};
  if (store !== undefined && pool !== undefined) {
    throw new KeyrailError("invalid_option", "pass a store or a pool, not both");
  }
  if (pool !== undefined) return postgres(pool, tableName === undefined ? {} : { tableName });
  if (tableName !== undefined) {
    throw new KeyrailError(
      "invalid_option",
      "tableName goes with a pool; give it to the store: postgres(pool, { tableName })",
    );
  }
  if (typeof store?.commit === "function") return store;
  throw new KeyrailError(
    "missing_store",
    "pass a store, new AgentKey({ store: memory() }), or a Postgres pool, new AgentKey({ pool })",
  );
}

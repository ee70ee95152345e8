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
  // The store itself is not looked at: it may be one that is made when it is first asked.
  if (store !== undefined && store !== null) return store;
  throw new KeyrailError(
    "missing_store",
    "pass a store, new AgentKey({ store: memory() }), or a Postgres pool, new AgentKey({ pool })",
  );
}

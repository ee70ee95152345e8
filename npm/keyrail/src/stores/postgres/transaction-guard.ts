/**
 * Keyrail commits on its own: inside somebody's transaction nothing that it answers would be durable,
 * and what it reads may be old. A pool gives out clients outside of transactions; of a single client
 * its owner may have begun one, even one that has not written anything yet, which the server's
 * function could not tell.
 */
import { KeyrailError } from "../../errors.js";
import type { Queryable } from "./queries.js";

/** Refuses a client that is inside a transaction. */
export interface TransactionGuard {
  /** @throws KeyrailError `store_in_transaction` */
  before(): Promise<void>;
  /** The same afterwards: the transaction may have begun while the statement waited for its turn. */
  after(): void;
}

/** `pg`'s clients know the state that the server gave with its last answer: idle, in a transaction, in a failed one. */
interface StatusClient extends Queryable {
  getTransactionStatus(): string | null;
}

/** A setting that lasts until its transaction ends, so that only inside one it is still there for the next statement. */
const LEAVE_MARK = "SELECT set_config('keyrail.mark', 'left', true) AS line";
const SEE_MARK = "SELECT current_setting('keyrail.mark', true) AS line";

/** The guard for a pool or client. */
export function transactionGuard(given: Queryable): TransactionGuard {
  if (isPool(given)) return { before: async () => undefined, after: () => undefined };
  if (hasStatus(given)) {
    const check = (): void => {
      if (["T", "E"].includes(given.getTransactionStatus() ?? "I")) throw inTransaction();
    };
    return { before: async () => check(), after: check };
  }
  return {
    before: async () => {
      await given.query(LEAVE_MARK, []).catch((cause: unknown) => {
        throw (cause as { code?: string } | null)?.code === FAILED_TRANSACTION ? inTransaction() : cause;
      });
      const { rows } = await given.query(SEE_MARK, []);
      if (rows[0]?.line === "left") throw inTransaction();
    },
    after: () => undefined,
  };
}

/** What the server answers to anything inside a transaction that has failed. */
const FAILED_TRANSACTION = "25P02";

function isPool(given: object): boolean {
  return "totalCount" in given && "connect" in given;
}

function hasStatus(given: Queryable): given is StatusClient {
  return "getTransactionStatus" in given && typeof given.getTransactionStatus === "function";
}

function inTransaction(): KeyrailError {
  return new KeyrailError(
    "store_in_transaction",
    "the client is inside a transaction; pass a pool, or a client outside one",
  );
}

/** Rows from the JSON objects in which they are read. */
import { KeyrailError } from "../../errors.js";
import type { Bucket, EntryRow, HoldRow, NodeRow, Stored } from "../../store/contract.js";

/** A node as the database gives it: two columns are not yet what the contract says. */
type NodeJson = Omit<Stored<NodeRow>, "scopes" | "buckets"> & {
  readonly scopes: readonly (string | null)[] | null;
  /** Instant, amount, instant, amount, …. */
  readonly buckets: readonly number[];
  /** Whether Keyrail has written it. */
  readonly isWritten: boolean;
};

/** A row as the SQL of `row-sql.ts` builds it. */
export type RowJson = NodeJson | Stored<HoldRow> | Stored<EntryRow>;

/** A row of the contract. */
export function rowOf(json: RowJson): Stored {
  if (json.kind !== "node") return json;
  const { isWritten: _, ...row } = json;
  return { ...row, scopes: textsOf(json.scopes), buckets: bucketsOf(json.buckets) };
}

/** Scopes; a NULL among them, written by hand, grants nothing. */
function textsOf(scopes: NodeJson["scopes"]): readonly string[] | null {
  return scopes?.filter((scope) => typeof scope === "string") ?? null;
}

function bucketsOf(numbers: readonly number[]): Bucket[] {
  if (numbers.length % 2 === 1) throw new KeyrailError("store_corrupt", "a row's keyrail_buckets are no pairs");
  return Array.from({ length: numbers.length / 2 }, (_, index) => ({
    expiresAt: numbers[index * 2] as number,
    heldMicrocents: numbers[index * 2 + 1] as number,
  }));
}

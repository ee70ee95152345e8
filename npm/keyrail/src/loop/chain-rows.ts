/** A chain as a store gives it: the rows from the root to a node, and perhaps a hold or an entry. */
import type { Stored } from "../store/contract.js";

/** Whether the nodes among these rows are a chain from a root on. */
export function isWhole(rows: readonly Stored[]): boolean {
  let above: number | null = null;
  for (const row of rows) {
    if (row.kind !== "node") continue;
    if (row.parentId !== above) return false;
    above = row.id;
  }
  return true;
}

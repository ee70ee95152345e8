/**
 * What the rows of some versions were, so that a put need not write what it leaves as it is. A row that
 * is not known, or not at this version, is put whole: the answer is the same.
 */
import type { NodeRow, Version } from "./contract.js";

/** Who a node is and where it stands: columns that are indexed, and hardly ever change. */
export const IDENTITY = [
  "tree",
  "parentId",
  "path",
  "hash",
  "subject",
  "keyPrefix",
  "accountId",
  "userId",
  "name",
  "delegatedBy",
  "scopes",
] as const satisfies readonly (keyof NodeRow)[];

/** Rows beyond these are forgotten, all at once. */
const ROWS_MAX = 50_000;

/** Rows by id, each at one version. */
export class KnownRows {
  readonly #rows = new Map<number, { readonly row: NodeRow; readonly version: Version }>();
  readonly #steady: readonly (keyof NodeRow)[];

  /** @param steady what a put need not write where it is as before */
  constructor(steady: readonly (keyof NodeRow)[]) {
    this.#steady = steady;
  }

  /** Takes a row in as it is at a version. */
  note(row: NodeRow, version: Version): void {
    if (this.#rows.size >= ROWS_MAX) this.#rows.clear();
    this.#rows.set(row.id, { row, version });
  }

  /** Whether this put of a row at the version of its check leaves all that is steady as it is there. */
  hasSteady(row: NodeRow, version: Version | null): boolean {
    const known = this.#rows.get(row.id);
    if (known === undefined || known.version !== version) return false;
    for (const name of this.#steady) if (known.row[name] !== row[name]) return false;
    return true;
  }
}

/**
 * What the rows of some versions were, so that a put which changes what a charge changes writes
 * only that. A row that is not known, or not at this version, is put whole: the answer is the same.
 */
import type { Check, NodeRow, Version } from "../../store/contract.js";

/** Rows beyond these are forgotten, all at once. */
const ROWS_MAX = 50_000;

/** What no charge changes. */
const STEADY = [
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
  "createdAt",
  "expiresAt",
  "revokedAt",
  "capMicrocents",
  "period",
  "alignment",
] as const satisfies readonly (keyof NodeRow)[];

/** Rows by id, each at one version. */
export class KnownRows {
  readonly #rows = new Map<number, { readonly row: NodeRow; readonly version: Version }>();

  /** Takes a row in as it is at a version. */
  note(row: NodeRow, version: Version): void {
    if (this.#rows.size >= ROWS_MAX) this.#rows.clear();
    this.#rows.set(row.id, { row, version });
  }

  /** Whether this put of a row at the version of its check leaves everything else as it is there. */
  changesMoneyOnly(row: NodeRow, { version }: Check): boolean {
    const known = this.#rows.get(row.id);
    if (known === undefined || known.version !== version) return false;
    return STEADY.every((name) => known.row[name] === row[name]);
  }
}

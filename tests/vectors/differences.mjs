// The table of DIFFERENCES.md. A recorded answer that is not ours must be of a listed class, and a
// listed class that nothing needs any more fails the run.
import { readFileSync } from "node:fs";

/** The rows `| function | class | reason |`. */
export const readDifferences = () =>
  readFileSync(new URL("./DIFFERENCES.md", import.meta.url), "utf8")
    .split("\n")
    .map((line) => /^\| `(\w+)` \| `([\w-]+)` \| (.+) \|$/.exec(line))
    .filter((match) => match !== null)
    .map(([, file, name, reason]) => ({ file, name, reason, used: false }));

/** The rows of the table for one file, and which of them a run has needed. */
export class Listed {
  #rows;
  #classOf;

  constructor(file, classOf) {
    this.#rows = readDifferences().filter((row) => row.file === file);
    this.#classOf = classOf;
  }

  /** Whether a row covers the difference; notes that the row is needed. */
  covers(difference) {
    const row = this.#rows.find(({ name }) => this.#classOf[name]?.(difference) === true);
    if (row !== undefined) row.used = true;
    return row !== undefined;
  }

  /** The classes that nothing needed, or that mean nothing. */
  unused() {
    return this.#rows.filter(({ used }) => !used).map(({ name }) => name);
  }
}

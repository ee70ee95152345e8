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

// The app of agentkey-clerk in the README of examples/express-clerk: as it was, and with its import lines changed.
import { readFileSync } from "node:fs";

const README = readFileSync(new URL("../../examples/express-clerk/README.md", import.meta.url), "utf8");
const DIFF = /^```diff\n([\s\S]*?)^```$/m.exec(README)[1].trimEnd().split("\n");

/** The lines that go (`-`) or come (`+`). */
export const linesOf = (sign) => DIFF.filter((line) => line.startsWith(sign)).map((line) => line.slice(1));

/** The app as it was, in TypeScript. */
export const [, BEFORE] = /^```ts\n([\s\S]*?)^```$/m.exec(README);

/** The app with the changed lines in place of the others. */
export const MOVED = linesOf("-").reduce((code, line, index) => code.replace(line, linesOf("+")[index]), BEFORE);

// The blocks of code in the documents.
import { readFileSync } from "node:fs";

const read = (path) => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");

/** Every block of TypeScript of a document: its text, and the `file=` that it says it is. */
export function blocksOf(path) {
  return [...read(path).matchAll(/^```ts(?: file=(\S+))?\n([\s\S]*?)^```$/gm)].map(([, file, text]) => ({
    file,
    text,
  }));
}

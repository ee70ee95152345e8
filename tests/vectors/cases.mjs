// Reading the recorded cases: data/README.md describes the format.
import { readFileSync } from "node:fs";

export { decode } from "./decode.mjs";

/** A recorded file of `data/`. */
export const readCases = (name) => JSON.parse(readFileSync(new URL(`./data/${name}.json`, import.meta.url), "utf8"));

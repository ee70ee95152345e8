/** `testStore`: the laws of the contract, on any store. */
import type { Store } from "../store/contract.js";
import { runCases, type TestOptions, type TestReport } from "./report.js";
import { batchLaws } from "./store/batches.js";
import { claimLaws } from "./store/claims.js";
import { clockLaws } from "./store/clock.js";
import { commitLaws, raceLaws } from "./store/commits.js";
import { gateLaws } from "./store/gate.js";
import { hostileLaws } from "./store/hostile.js";
import { idLaws } from "./store/ids.js";
import { listingLaws } from "./store/listing.js";
import { readLaws } from "./store/reads.js";
import { uniqueLaws } from "./store/unique.js";
import { valueLaws } from "./store/values.js";

const LAWS = [
  ...commitLaws,
  ...raceLaws,
  ...readLaws,
  ...valueLaws,
  ...hostileLaws,
  ...batchLaws,
  ...gateLaws,
  ...uniqueLaws,
  ...idLaws,
  ...claimLaws,
  ...clockLaws,
  ...listingLaws,
];

/**
 * Holds a store against the laws of the contract: 1 to 11 and 14 to 16, listings and hostile
 * input. What needs a second connection or a broken disk cannot be asked through the contract.
 *
 * @param makeStore is called once a law. It gives an empty store each time, or the same one every
 * time, migrated and on its real engine: each law makes rows of its own and looks at no others. Rows
 * stay behind, so give it a database that nobody needs.
 * @returns how many laws held, and of each that did not its name and the first thing that was wrong
 *
 * @example
 * ```ts
 * import { memory } from "keyrail/stores/memory";
 * import { testStore } from "keyrail/testing";
 *
 * const { passed, failed } = await testStore(() => memory());
 * for (const { name, message } of failed) console.error(`${name}: ${message}`);
 * console.log(`${passed} laws hold`);
 * ```
 */
export async function testStore(
  makeStore: () => Store | Promise<Store>,
  options: TestOptions = {},
): Promise<TestReport> {
  const cases = LAWS.map(({ name, hold }) => ({ name, run: async () => hold(await makeStore()) }));
  return runCases(cases, options);
}

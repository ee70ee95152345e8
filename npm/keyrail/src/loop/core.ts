/** The resident part of a loop. */
import type { Decider } from "./decide.js";
import type { Ledger } from "./ledger.js";
import type { Residents } from "./residents.js";

/** A resident ledger and the rows in it. */
export interface Core {
  readonly ledger: Ledger;
  readonly residents: Residents;
  readonly decider: Decider;
}

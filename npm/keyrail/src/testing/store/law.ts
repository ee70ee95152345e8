/** A law as a case: what must hold of any store. */
import type { Store } from "../../store/contract.js";

/** One law, with its number in ARCHITECTURE.md, or what it says of listings or values. */
export interface Law {
  readonly name: string;
  readonly hold: (store: Store) => Promise<void>;
}

/** A law of the contract. */
export function law(name: string, hold: (store: Store) => Promise<void>): Law {
  return { name, hold };
}

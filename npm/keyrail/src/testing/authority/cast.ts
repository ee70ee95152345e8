/** Who plays in a script: what its numbers mean to the authority, and what the authority's ids mean in it. */
import type { Ref } from "../../agent-key/types.js";
import { Unmet } from "../expect.js";
import { fresh } from "../store/names.js";
import type { Named } from "./script.js";

/** An id, a secret and a hold that nobody has. */
const NO_ID = 2 ** 31 - 7;
const NO_SECRET = `ak_${"0".repeat(48)}`;
const NO_HOLD = `hold_${"0".repeat(32)}`;

/** The keys, subjects and holds of one script. */
export class Cast {
  readonly #secrets = new Map<number, string>();
  readonly #subjects = new Map<number, string>();
  readonly #ids = new Map<number, number>();
  readonly #nodes = new Map<number, number>();
  readonly #holds = new Map<number, string>();
  readonly #holdNumbers = new Map<string, number>();

  /** A key that was made. */
  enter(node: number, id: number, secret?: string): void {
    this.#ids.set(node, id);
    this.#nodes.set(id, node);
    if (secret !== undefined) this.#secrets.set(node, secret);
  }

  /** A subject's name, the same each time. */
  subject(node: number): string {
    const name = this.#subjects.get(node) ?? fresh("subject");
    this.#subjects.set(node, name);
    return name;
  }

  /** A key's secret. */
  secret(node: number): string {
    return this.#secrets.get(node) ?? NO_SECRET;
  }

  /** A key's id. */
  id(node: number): number {
    return this.#ids.get(node) ?? NO_ID;
  }

  /** A hold's id. */
  hold(hold: number): string {
    return this.#holds.get(hold) ?? NO_HOLD;
  }

  /** A key as methods name it. */
  ref(named: Named): Ref {
    if (named.id !== undefined) return { id: this.id(named.id) };
    if (named.subject !== undefined) return { subject: this.subject(named.subject) };
    if (named.key !== undefined) return { key: this.secret(named.key) };
    throw new Unmet("the script names no key");
  }

  /**
   * An answer with the script's numbers in place of the authority's ids. `newHold` is the number of a
   * hold that was not there before.
   */
  toScript(answer: unknown, newHold: number | undefined): unknown {
    if (Array.isArray(answer)) return answer.map((item) => this.toScript(item, newHold));
    if (typeof answer !== "object" || answer === null) return answer;
    const told = Object.entries(answer).map(([name, value]) => [name, this.#member(name, value, newHold)]);
    return Object.fromEntries(told);
  }

  #member(name: string, value: unknown, newHold: number | undefined): unknown {
    if ((name === "id" || name === "parentId") && typeof value === "number") return this.#nodes.get(value) ?? value;
    if (name === "path" && typeof value === "string") {
      return value
        .split("/")
        .map((id) => this.#nodes.get(Number(id)) ?? id)
        .join("/");
    }
    if (name === "id" && typeof value === "string") return this.#holdNumber(value, newHold);
    return this.toScript(value, newHold);
  }

  #holdNumber(id: string, newHold: number | undefined): number | string {
    const known = this.#holdNumbers.get(id);
    if (known !== undefined) return known;
    if (newHold === undefined) return id;
    this.#holds.set(newHold, id);
    this.#holdNumbers.set(id, newHold);
    return newHold;
  }
}

/** Scopes as numbers: a scope's text crosses into the core never, its number as often as needed. */

/** The number of the scope that grants all; the core knows it. */
const ADMIN = "admin";

/** A number for each scope that a resident row names. */
export class ScopeNumbers {
  readonly #numbers = new Map<string, number>([[ADMIN, 0]]);
  readonly #texts: string[] = [ADMIN];

  /** How many scopes have a number. */
  get size(): number {
    return this.#texts.length;
  }

  /** The numbers of scopes, in their order; `null` stays `null`. */
  numbersOf(scopes: readonly string[] | null): number[] | null {
    return scopes === null ? null : scopes.map((scope) => this.#numberOf(scope));
  }

  /** The scopes behind numbers. */
  textsOf(numbers: readonly number[] | null): string[] | null {
    return numbers === null ? null : numbers.map((number) => this.#texts[number] ?? "");
  }

  #numberOf(scope: string): number {
    const known = this.#numbers.get(scope);
    if (known !== undefined) return known;
    const number = this.#texts.length;
    this.#numbers.set(scope, number);
    this.#texts.push(scope);
    return number;
  }
}

// Random values by their names, so that answers can be compared.

/** Which random value has which name. */
export class Names {
  #names = new Map();

  /** Gives a random value its name. */
  call(name, random) {
    if (typeof random !== "string") throw new TypeError(`there is nothing to call ${name}`);
    this.#names.set(random, `<${name}>`);
  }

  /** A value with what is random in it by name, and nothing else changed. */
  in(value) {
    if (typeof value === "string") return this.#names.get(value) ?? value;
    if (typeof value !== "object" || value === null) return value;
    if (Array.isArray(value)) return value.map((item) => this.in(item));
    return Object.fromEntries(Object.entries(value).map(([member, inner]) => [member, this.in(inner)]));
  }
}

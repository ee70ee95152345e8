// Inputs of the benchmarks of the algebra, the same in every run.

const SCOPES = ["read", "write", "tools:search", "tools:browse", "mint", "revoke", "models:large", "reports:read"];

/** An id of twelve characters, as the stores give them. */
const id = (number) => `k${(number * 2_654_435_761 + 1_000_000_007).toString(36).padStart(11, "0").slice(-11)}`;

/** A string of its own, as a driver makes one for every value that it reads. */
const ownCopy = (text) => Buffer.from(text, "latin1").toString("latin1");

/** A chain as it comes from rows: every node holds all scopes, each in another order, in strings of its own. */
export const chainOf = (nodes, scopes) => {
  const ids = Array.from({ length: nodes }, (_, level) => id(level));
  return ids.map((keyId, level) => ({
    keyId,
    path: ids.slice(0, level + 1).join("/"),
    scopes: Array.from({ length: scopes }, (_, index) => ownCopy(SCOPES[(index + level) % scopes])),
    ownCreditLimit: 1_000_000 - level,
    ownRateSharePct: level === 1 ? 50 : null,
    ownExpiresAt: 1_900_000_000_000 + level,
  }));
};

/** A parent's caps, and a request of which one scope is refused. */
export const grantOf = (scopes) => {
  const asked = Array.from({ length: scopes }, (_, index) => SCOPES[index]);
  return {
    parent: {
      scopes: asked.slice(1).map(ownCopy),
      creditLimit: 1000,
      rateLimitSharePct: null,
      expiresAt: 1_900_000_000_000,
    },
    requested: { scopes: asked.map(ownCopy), creditLimit: 50, rateLimitSharePct: 25, expiresAt: null },
  };
};

/** What was spent below a chain: every node has as many rows below it, and whole amounts. */
export const spendRowsOf = (chain, count) =>
  Array.from({ length: count }, (_, index) => ({
    path: ownCopy(`${chain[index % chain.length].path}/${id(1000 + index)}`),
    spent: (index * 7919) % 1000,
  }));

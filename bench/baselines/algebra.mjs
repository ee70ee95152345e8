// The algebra as one would write it in plain JavaScript: the same rule, neither slowed down nor tuned.
// It checks none of its input, which the library does.

const lesser = (left, right) => {
  if (left === null || left === undefined) return right ?? null;
  if (right === null || right === undefined) return left;
  return right < left ? right : left;
};

/** The scopes that every node holds, and the least of each bound. */
export const effectiveCaps = (chain) => {
  let scopes = chain[0]?.scopes ?? [];
  let creditLimit = null;
  let rateLimitSharePct = null;
  let expiresAt = null;
  for (const node of chain) {
    scopes = scopes.filter((scope) => node.scopes.includes(scope));
    creditLimit = lesser(creditLimit, node.ownCreditLimit);
    rateLimitSharePct = lesser(rateLimitSharePct, node.ownRateSharePct);
    expiresAt = lesser(expiresAt, node.ownExpiresAt);
  }
  return { scopes, creditLimit, rateLimitSharePct, expiresAt };
};

/** The asked scopes that the parent holds, and for each bound the lesser of the two. */
export const clampChildGrant = (parent, requested) => ({
  scopes: requested.scopes.filter((scope) => parent.scopes.includes(scope)),
  creditLimit: lesser(requested.creditLimit, parent.creditLimit),
  rateLimitSharePct: lesser(requested.rateLimitSharePct, parent.rateLimitSharePct),
  expiresAt: lesser(requested.expiresAt, parent.expiresAt),
});

/** The cap with the least remaining: a loop over the rows inside a loop over the nodes. */
export const pooledHeadroom = (chain, rows) => {
  let least = null;
  for (const { path, ownCreditLimit: limit } of chain) {
    if (limit === null) continue;
    const below = `${path}/`;
    let spent = 0;
    for (const row of rows) {
      if (row.path === path || row.path.startsWith(below)) spent += row.spent;
    }
    const remaining = limit - spent;
    if (least === null || remaining < least.remaining) least = { limit, spent, remaining };
  }
  return least;
};

/** Whether a path is another or lies below it. */
export const inSubtree = (path, candidate) => candidate === path || candidate.startsWith(`${path}/`);

/** The path of a child. */
export const childPath = (parentPath, childId) => (parentPath ? `${parentPath}/${childId}` : childId);

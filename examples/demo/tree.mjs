// Three levels of keys: an organisation with a hard cap, a team, and agents.

export const CAP_CENTS = 1_000;

/** Mints a tree. The first agent has a smaller cap of its own. */
export async function mintTree(ak, { agents }) {
  const organisation = await ak.create({ accountId: "acme", name: "organisation", budgetCents: CAP_CENTS });
  const team = await ak.create({
    accountId: "acme",
    name: "team",
    parent: { id: organisation.id },
    budgetCents: CAP_CENTS,
    scopes: ["work"],
    expiresIn: "1d",
  });
  const keys = [];
  for (let index = 0; index < agents; index++) {
    const own = index === 0 && agents > 1 ? { budgetCents: 200 } : {};
    keys.push((await ak.create({ accountId: "acme", name: `agent ${index}`, parent: { id: team.id }, ...own })).key);
  }
  return { organisation, team, keys };
}

/** What the organisation has spent and what is held of it, in cents. */
export async function spentAndHeld(ak, { organisation }) {
  const [root] = await ak.budgets({ id: organisation.id });
  return { spentCents: root.usedCents, heldCents: root.heldCents };
}

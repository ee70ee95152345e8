// The keys of an organisation, a team of it and an agent of the team, each with a budget that counts on those above.

export async function mintTree(ak, accountId) {
  const org = await ak.create({ accountId, name: "org", budgetCents: 2_000, budgetPeriod: "month" });
  const team = await ak.create({
    accountId,
    name: "team",
    budgetCents: 500,
    budgetPeriod: "day",
    parent: { key: org.key },
  });
  const agent = await ak.create({
    accountId,
    name: "agent",
    budgetCents: 100,
    budgetPeriod: "hour",
    parent: { key: team.key },
  });
  return { org: org.key, team: team.key, agent: agent.key };
}

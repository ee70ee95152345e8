// Between the scenario's words and those of the request loop. Ids and figures are the same.

const holdText = (id) => `hold_${id}`;
const holdNumber = (text) => (text === null ? null : Number(text.slice("hold_".length)));

/** What the loop is asked for a command of a scenario. */
export function toRequest(command) {
  const target = { id: command.node };
  const cost = { asked: command.cost, cost: command.cost };
  const spending = { target, cost, idempotencyKey: command.key ?? null, metadata: null };
  switch (command.command) {
    case "charge":
      return { kind: "charge", ...spending, overdraft: command.overdraft };
    case "reserve": {
      const { at_least: atLeast, whole_cents: wholeCents, ttl_ms: ttlMs } = command;
      return { kind: "reserve", ...spending, hold: holdText(command.hold), atLeast, wholeCents, ttlMs };
    }
    case "settle":
      return { kind: "settle", hold: holdText(command.hold), cost, metadata: null };
    case "release":
      return { kind: "release", hold: holdText(command.hold) };
    case "extend":
      return { kind: "extend", hold: holdText(command.hold), ttlMs: command.ttl_ms, cost: command.cost };
    case "mint":
      return toMint(command);
    case "revoke":
      return { kind: "revoke", target, accountId: null };
    case "set_budget":
      return { kind: "setBudget", target, ...(command.cap === undefined ? {} : { cap: command.cap }) };
    default:
      return { kind: command.command, target };
  }
}

function toMint(command) {
  return {
    kind: "mint",
    id: command.node,
    parent: command.parent === null ? null : { id: command.parent },
    profile: {
      hash: null,
      subject: null,
      keyPrefix: "ak_",
      accountId: "simulation",
      userId: null,
      name: `node ${command.node}`,
      delegatedBy: null,
    },
    scopes: null,
    cap: command.cap,
    period: command.rule?.period ?? null,
    alignment: command.rule?.alignment ?? "anchored",
    expiresAt: command.expires_at_ms,
    reject: command.on_exceed === "reject",
  };
}

/** The command as it was really asked: the loop anchors windows at the time of the mint. */
export function asAsked(command) {
  if (command.command !== "mint" || command.rule === null) return command;
  return { ...command, rule: { ...command.rule, anchor_ms: null } };
}

/** An answer of the loop in the oracle's words. */
export function toAnswer(answer) {
  switch (answer.tag) {
    case "refused": {
      const { reason, requested, binding } = answer;
      return { answer: "refused", reason, requested, binding: binding === null ? null : toBudget(binding) };
    }
    case "valid":
      return {
        answer: "valid",
        budget: toBudget(answer.budget),
        scopes: answer.scopes,
        expires_at_ms: answer.expiresAt,
      };
    case "budgets": {
      const chain = answer.chain.map(toBudget);
      return { answer: "budgets", chain, binding: answer.binding === null ? null : chain[answer.binding].node };
    }
    case "charged":
      return { answer: "charged", used: answer.used, remaining: answer.remaining, overdraft: answer.overdraft };
    case "held": {
      const { hold, used, remaining } = answer;
      return {
        answer: "held",
        hold: holdNumber(hold.id),
        amount: hold.amount,
        expires_at_ms: hold.expiresAt,
        used,
        remaining,
      };
    }
    case "settled":
      return { answer: "settled", cost: answer.cost, overdraft: answer.overdraft, late: answer.late };
    case "released":
      return { answer: "released", amount: answer.amount };
    case "minted": {
      const { scopes, budgetCents: cap, expiresAt: expires_at } = answer.clamped;
      const { scopes: granted, capMicrocents, expiresAt } = answer.row;
      const clamped = { scopes, cap, expires_at };
      return { answer: "minted", scopes: granted, cap: capMicrocents, expires_at_ms: expiresAt, clamped };
    }
    case "revoked":
      return { answer: "revoked", revoked: answer.now };
    case "budgetSet":
      return { answer: "budget_set", budget: toBudget(answer.budget) };
    default:
      return { answer: answer.tag };
  }
}

function toBudget(view) {
  const { id: node, cap, spent, held, period, windowStart: window_start_ms, resetAt: reset_at_ms } = view;
  return { node, cap, spent, held, period, window_start_ms, reset_at_ms };
}

/** What the columns of an edited row say, as a line of the history has it. */
export function toEdited(columns) {
  return columns === null ? null : { used_cents: columns.usedCents, reset_at_ms: columns.resetAt };
}

/** An accepted commit as a line of the history; `opOf` knows the commands by their internal ids. */
export function toCommitLine(t, commit, opOf) {
  const entries = commit.puts.filter((row) => row.kind === "entry").map((row) => toEntry(row, opOf));
  const nodes = commit.puts.filter((row) => row.kind === "node").map(toNode);
  return { line: "commit", t, tree: commit.tree, entries, nodes };
}

function toEntry(row, opOf) {
  return {
    seq: row.seq,
    op: opOf(row.command),
    kind: row.entryKind,
    node: row.node,
    at_ms: row.at,
    amount: row.amountMicrocents,
    hold: holdNumber(row.hold),
    expires_at_ms: row.expiresAt,
    used: row.usedMicrocents,
    remaining: row.remainingMicrocents,
    overdraft: row.overdraftMicrocents,
    late: row.late,
  };
}

function toNode(row) {
  const { period, alignment, anchorAt: anchor_ms } = row;
  return {
    node: row.id,
    cap: row.capMicrocents,
    spent: row.spentMicrocents,
    buckets: row.buckets.map((bucket) => [bucket.expiresAt, bucket.heldMicrocents]),
    window_start_ms: row.windowStart,
    reset_at_ms: row.resetAt,
    rule: period === null ? null : { period, alignment, anchor_ms },
    revoked: row.revokedAt !== null,
    root: row.root === null ? null : [row.root.seq, row.root.greatestNow],
  };
}

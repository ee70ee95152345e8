// Rows and commits as the request loop makes them, with everything unimportant filled in.

export const NOW = Date.parse("2026-01-15T10:30:00.000Z");

/** A node; `parent` is the row above, nothing makes a root. */
export function nodeRow(id, parent = null, columns = {}) {
  return {
    kind: "node",
    id,
    tree: parent?.tree ?? id,
    parentId: parent?.id ?? null,
    path: parent === null ? String(id) : `${parent.path}/${id}`,
    hash: null,
    subject: null,
    keyPrefix: "ak_12345678",
    accountId: "acme",
    userId: null,
    name: "default",
    delegatedBy: null,
    scopes: null,
    createdAt: NOW,
    expiresAt: null,
    revokedAt: null,
    lastUsedAt: null,
    capMicrocents: null,
    period: null,
    alignment: "anchored",
    anchorAt: NOW,
    window: 0,
    windowStart: NOW,
    resetAt: null,
    spentMicrocents: 0,
    buckets: [],
    trueToSeq: 0,
    root: parent === null ? { seq: 0, greatestNow: NOW } : null,
    edited: null,
    ...columns,
  };
}

export function holdRow(id, node, columns = {}) {
  return {
    kind: "hold",
    id,
    tree: node.tree,
    node: node.id,
    amountMicrocents: 1_000_000,
    createdAt: NOW,
    expiresAt: NOW + 60_000,
    windows: node.path.split("/").map(() => 0),
    state: "open",
    endedAt: null,
    settled: null,
    ...columns,
  };
}

export function entryRow(seq, node, columns = {}) {
  return {
    kind: "entry",
    tree: node.tree,
    seq,
    entryKind: "charge",
    node: node.id,
    at: NOW,
    amountMicrocents: 1_000_000,
    askedMicrocents: 1_000_000,
    windows: node.path.split("/").map(() => 0),
    hold: null,
    expiresAt: null,
    usedMicrocents: 1_000_000,
    remainingMicrocents: null,
    overdraftMicrocents: 0,
    late: false,
    command: `command-${node.tree}-${seq}`,
    idempotency: null,
    metadata: null,
    ...columns,
  };
}

/** Names a row in a check. */
export const refOf = (row) => (row.kind === "node" ? { node: row.id } : { hold: row.id });

/** A check that a row is as it was read, or absent if it never was. */
export const checkOf = (row) => ({ ref: refOf(row), version: row.version ?? null });

/** A row as it is put: without the version that it was read with. */
export function plain({ version: _version, ...row }) {
  return row;
}

/** What a commit says beside its rows: of a process without a name, at a time that nobody compares. */
export const terms = (tree) => ({ tree, now: NOW, clock: "injected", owner: "process", claims: false });

/** A commit that puts `rows` and checks each node and hold among them, and `also`. */
export function commitOf(tree, rows, also = []) {
  const checked = rows.filter((row) => row.kind !== "entry").map(checkOf);
  return { ...terms(tree), checks: [...checked, ...also], puts: rows.map(plain) };
}

/** One commit's result. */
export async function commit(store, one) {
  const { results } = await store.commit([one]);
  return results[0];
}

/** Puts rows, which must succeed; gives them with their versions. */
export async function put(store, tree, rows, also = []) {
  const result = await commit(store, commitOf(tree, rows, also));
  if (!result.ok) throw new Error(`the rows of tree ${tree} were refused: ${JSON.stringify(result)}`);
  return rows.map((row, index) => ({ ...plain(row), version: result.versions[index] }));
}

/** What one ref gives. */
export async function read(store, ref) {
  const { chains } = await store.read([ref]);
  return chains[0];
}

/** A fresh root. */
export async function newRoot(store, columns = {}) {
  const [id] = await store.allocate(1);
  const [row] = await put(store, id, [nodeRow(id, null, columns)]);
  return row;
}

/** A fresh child. Gives it and its root as they are afterwards. */
export async function newChild(store, parent, columns = {}) {
  const [id] = await store.allocate(1);
  const [root] = await read(store, { id: parent.tree });
  const [put1, put2] = await put(store, parent.tree, [root, nodeRow(id, parent, columns)]);
  return { root: put1, child: put2 };
}

/** Every page of a listing, `limit` rows at a time. */
export async function listAll(store, query, limit) {
  const rows = [];
  let cursor = null;
  do {
    const page = await store.list(query, { cursor, limit });
    if (page.rows.length > limit) throw new Error("a page is longer than was asked");
    rows.push(...page.rows);
    cursor = page.cursor;
  } while (cursor !== null);
  return rows;
}

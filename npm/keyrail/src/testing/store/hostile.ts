/** Law 8: hostile names and values come back as they were put, or are refused, and change nothing else. */
import type { CommitResult, NodeRow, Ref, Row, Store, Stored } from "../../store/contract.js";
import { ensure, equal, isClear, shown } from "../expect.js";
import { type Law, law } from "./law.js";
import { fresh } from "./names.js";
import { checkOf, commit, commitOf, entryRow, freshId, holdRow, listAll, newRoot, nodeRow, read } from "./rows.js";

const LONG = 100_000;
const LONE = ["\ud800", "x\udfff", "\udc00\ud800"];
const NAMES = ["", "__proto__", "constructor", "'; drop table keys; --", "%", "*", "{tree}", "a".repeat(LONG), "é\n"];
const NO_IDS: readonly unknown[] = [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, "1", "__proto__"];
/** Ids that are well formed and nobody's. */
const UNUSED_IDS = [2 ** 31, 2 ** 32 + 1, 2 ** 53 - 1];
const TEXTS = ["__proto__", "'; drop table keys; --", '\\ " { } , NULL', "é\u{1f600}\u2028", " spaces ", "$1 %s $$"];

/** Text that does not compress to a little, so that it is as long wherever it is kept. */
function long(): string {
  let text = "";
  while (text.length < LONG) text += Math.random().toString(36).slice(2);
  return text.slice(0, LONG);
}

const refsOf = (name: string): Ref[] => [
  { hash: name },
  { subject: name },
  { hold: name },
  { entry: { tree: 1, command: name } },
  { entry: { node: 1, method: "charge", key: name } },
];

/** Rows that carry a text in one of their columns, in a tree of their own. */
function carriers(text: string): Record<string, (root: Stored<NodeRow>) => Row> {
  const metadata = (value: Record<string, string>) => (root: NodeRow) => entryRow(1, root, { metadata: value });
  return {
    "a name": (root) => ({ ...root, name: text }),
    "an account": (root) => ({ ...root, accountId: text }),
    "a user": (root) => ({ ...root, userId: text }),
    "a delegate": (root) => ({ ...root, delegatedBy: text }),
    "a prefix": (root) => ({ ...root, keyPrefix: text }),
    "a scope": (root) => ({ ...root, scopes: ["read", text] }),
    "a subject": (root) => ({ ...root, subject: `${fresh("s")}${text}` }),
    "a hold's id": (root) => holdRow(`${fresh("h")}${text}`, root),
    "a command": (root) => entryRow(1, root, { command: `${fresh("c")}${text}` }),
    "an idempotency key": (root) => entryRow(1, root, { idempotency: { method: "charge", key: text } }),
    "a value of metadata": metadata({ a: text }),
    "a name in metadata": metadata({ [text]: "a" }),
  };
}

/** How the row is found again. */
function refTo(row: Row): Ref {
  if (row.kind === "node") return row.subject === null ? { id: row.id } : { subject: row.subject };
  return row.kind === "hold" ? { hold: row.id } : { entry: { tree: row.tree, command: row.command } };
}

/** Puts a text in every column: it comes back, or is refused clearly and changes nothing. */
async function keepsOrRefuses(store: Store, text: string): Promise<void> {
  for (const [what, carry] of Object.entries(carriers(text))) {
    const root = await newRoot(store);
    const row = carry(root);
    const rows = row.kind === "node" ? [{ ...row, version: root.version }] : [root, row];
    const outcome: CommitResult | { fault: unknown } = await commit(store, commitOf(root.tree, rows)).catch(
      (fault: unknown) => ({ fault }),
    );
    const place = `${what} of ${shown(text.slice(0, 10))}`;
    if ("fault" in outcome) {
      ensure(isClear(outcome.fault), `${place} must be kept, or refused with a KeyrailError; ${String(outcome.fault)}`);
      equal(await read(store, { id: root.id }), [root], `the row after ${place} was refused`);
      equal(await read(store, refTo(row)), row.kind === "node" && row.subject === null ? [root] : [], place);
    } else {
      equal(outcome.ok, true, `a commit with ${place}`);
      const last = (await read(store, refTo(row))).at(-1);
      equal(last, { ...row, version: last?.version }, place);
    }
  }
}

/** Names and values that mean harm. */
export const hostileLaws: readonly Law[] = [
  law("8: hostile names are names like any other: unknown until they exist", async (store) => {
    const refs = [...NAMES.flatMap(refsOf), ...[...NO_IDS, ...UNUSED_IDS].map((id) => ({ id: id as number }))];
    const { chains } = await store.read(refs);
    equal(
      chains,
      refs.map(() => []),
      "their chains",
    );
  }),

  law("8: names with NUL or lone surrogates are nobody's, and spoil no read that they go with", async (store) => {
    const subject = fresh("subject");
    const [kept, replaced] = [await newRoot(store, { subject }), await newRoot(store, { subject: `${subject}\ufffd` })];
    const bad = [`${subject}\0`, `\0${subject}`, ...LONE.map((lone) => `${subject}${lone}`)];
    const refs: Ref[] = [{ subject }, ...bad.flatMap(refsOf), { subject: `${subject}\ufffd` }];
    const { chains } = await store.read(refs);
    equal(chains, [[kept], ...bad.flatMap(refsOf).map(() => []), [replaced]], "the chains of all");
  }),

  law("8: hostile values come back as they were put", async (store) => {
    for (const text of TEXTS) {
      const account = `${text}${fresh("")}`;
      const row = await newRoot(store, { subject: fresh(text), accountId: account, name: text, scopes: [text] });
      equal(await read(store, { subject: row.subject as string }), [row], `the subject ${shown(text)}`);
      equal(await listAll(store, { account }, 10), [row], `the account ${shown(text)}`);
    }
    for (const text of TEXTS) await keepsOrRefuses(store, text);
  }),

  law("8: text with NUL comes back or is refused, in every column", async (store) => {
    await keepsOrRefuses(store, "a\0b");
  }),

  law("8: text with lone surrogates comes back or is refused, in every column", async (store) => {
    for (const text of LONE) await keepsOrRefuses(store, text);
  }),

  law(`8: text of ${LONG} characters comes back or is refused, in every column`, async (store) => {
    await keepsOrRefuses(store, long());
    await keepsOrRefuses(store, "é".repeat(LONG));
  }),

  law("8: a commit that is not well formed is refused and changes nothing", async (store) => {
    const [one, two] = [await newRoot(store), await newRoot(store)];
    const table = {
      "rows of another tree": { ...commitOf(one.tree, [one]), tree: two.tree },
      "a row of another tree": commitOf(one.tree, [one, { ...two, name: "changed" }]),
      "one row twice": commitOf(one.tree, [one, { ...one, name: "changed" }]),
      "one check twice, not alike": {
        ...commitOf(one.tree, [one]),
        checks: [checkOf(one), { ...checkOf(one), version: null }],
      },
    };
    for (const [what, bad] of Object.entries(table)) {
      // Refused by shape, or because it cannot match: never accepted, never half.
      const outcome = await commit(store, bad).catch((fault: unknown) => ({ ok: !isClear(fault) }));
      equal(outcome.ok, false, what);
      equal(await read(store, { id: one.id }), [one], `the first row after ${what}`);
      equal(await read(store, { id: two.id }), [two], `the second row after ${what}`);
    }
  }),

  law("8: a hostile commit in a batch spoils no other tree", async (store) => {
    const [one, two] = [await newRoot(store), await newRoot(store)];
    const id = await freshId(store);
    const batch = [
      commitOf(one.tree, [{ ...one, name: "'; drop table keys; --" }]),
      commitOf(id, [nodeRow(id, null, { name: "$$ END; $$", scopes: ["{", "}", '"', "\\"] })]),
      commitOf(two.tree, [{ ...two, name: "\\'; commit; --" }]),
    ];
    const { results } = await store.commit(batch);
    equal(
      results.map(({ ok }) => ok),
      [true, true, true],
      "the results of the batch",
    );
    const { chains } = await store.read([one.id, id, two.id].map((one) => ({ id: one })));
    const names = chains.map(([row]) => row?.kind === "node" && row.name);
    equal(names, ["'; drop table keys; --", "$$ END; $$", "\\'; commit; --"], "their names");
  }),
];

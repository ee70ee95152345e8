/** Reads: the chain of each name, root first, then the hold or entry that was named. */
import type { Ref } from "../../store/contract.js";
import { entryJson, holdJson, nodeJson } from "./row-sql.js";
import type { TableNames } from "./table-names.js";

/** The statement for any refs: their numbers, kinds, numbers to look for, texts to look for. */
export function readStatement(names: TableNames): string {
  const { keys, holds, entries } = names;
  const asked = "unnest($1::int[], $2::text[], $3::bigint[], $4::text[]) AS a(no, kind, number, text)";
  return `WITH asked AS (SELECT * FROM ${asked}),
entry AS (
  SELECT a.no, e.*, e.xmin::text AS version FROM asked a JOIN ${entries} e ON e.tree = a.number AND e.command = a.text WHERE a.kind = 'command'
  UNION ALL
  SELECT a.no, e.*, e.xmin::text AS version FROM asked a JOIN ${entries} e ON e.node = a.number AND e.method = a.kind AND e.idempotency_key = a.text
    WHERE a.kind IN ('charge', 'reserve')
),
hold AS (
  SELECT a.no, h.*, h.xmin::text AS version FROM asked a JOIN ${holds} h ON h.id = a.text WHERE a.kind = 'hold'
  UNION ALL
  SELECT e.no, h.*, h.xmin::text AS version FROM entry e JOIN ${holds} h ON h.id = e.hold
),
leaf AS (
  SELECT a.no, k.id FROM asked a JOIN ${keys} k ON k.key_hash = a.text WHERE a.kind = 'hash'
  UNION ALL
  SELECT a.no, k.id FROM asked a JOIN ${keys} k ON k.external_subject = a.text WHERE a.kind = 'subject'
  UNION ALL
  SELECT a.no, a.number::int FROM asked a WHERE a.kind = 'id' AND a.number BETWEEN 1 AND 2147483647
  UNION ALL
  SELECT h.no, h.node::int FROM asked a JOIN hold h ON h.no = a.no WHERE a.kind = 'hold'
  UNION ALL
  SELECT e.no, e.node::int FROM entry e
),
chain AS (
  SELECT l.no, p.ord, p.id::bigint AS id FROM leaf l JOIN ${keys} k ON k.id = l.id
    CROSS JOIN LATERAL unnest(string_to_array(coalesce(k.keyrail_path, k.id::text), '/')) WITH ORDINALITY AS p(id, ord) WHERE p.id ~ '^[0-9]{1,10}$'
)
SELECT json_build_array(r.no, r.row)::text AS line FROM (
  SELECT c.no, c.ord, ${nodeJson("k")} AS row FROM chain c JOIN ${keys} k ON k.id = c.id
  UNION ALL
  SELECT h.no, 1000, ${holdJson("h", "h.version")} FROM hold h
  UNION ALL
  SELECT e.no, 1001, ${entryJson("e", "e.version")} FROM entry e
  UNION ALL
  SELECT -1, 0, to_json(floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint)
) r ORDER BY r.no, r.ord`;
}

/** What a ref is looked for by: in the number column, in the text column. */
interface Asked {
  readonly kind: string;
  readonly number: number | null;
  readonly text: string | null;
}

/** What no row is found by. */
const NOTHING: Asked = { kind: "nothing", number: null, text: null };

/** The arguments that ask for these refs. */
export function readArguments(refs: readonly Ref[]): unknown[] {
  const asked = refs.map((ref) => storable(askedOf(ref)));
  return [
    asked.map((_, no) => no),
    asked.map(({ kind }) => kind),
    asked.map(({ number }) => number),
    asked.map(({ text }) => text),
  ];
}

function askedOf(ref: Ref): Asked {
  if ("hash" in ref) return { kind: "hash", number: null, text: ref.hash };
  if ("subject" in ref) return { kind: "subject", number: null, text: ref.subject };
  if ("id" in ref) return { kind: "id", number: ref.id, text: null };
  if ("hold" in ref) return { kind: "hold", number: null, text: ref.hold };
  const { entry } = ref;
  if ("command" in entry) return { kind: "command", number: entry.tree, text: entry.command };
  return { kind: entry.method, number: entry.node, text: entry.key };
}

/** A name that no column can hold is nobody's; sent as it is, it would fail the reads that go with it. */
function storable(asked: Asked): Asked {
  const { number, text } = asked;
  const isNumber = number === null || Number.isSafeInteger(number);
  return isNumber && (text === null || (text.isWellFormed() && !text.includes("\0"))) ? asked : NOTHING;
}

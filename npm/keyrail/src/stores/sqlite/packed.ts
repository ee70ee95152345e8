/**
 * Commits as they cross to the addon: numbers in one list and texts in another, in the order in which
 * `crates/keyrail-sqlite/src/packed.rs` reads them. As one JSON text they took an eighth of a guarded request.
 *
 * `NaN` stands for no number and `null` for no text.
 */
import { KeyrailError } from "../../errors.js";
import type { Check, Commit, EntryRow, HoldRow, NodeRow, Version } from "../../store/contract.js";

const HOLD_STATES: readonly string[] = ["open", "released", "settled"] satisfies HoldRow["state"][];
const ENTRY_KINDS: readonly string[] = [
  "charge",
  "reserve",
  "settle",
  "release",
  "extend",
  "mint",
  "revoke",
  "set_budget",
  "adjust",
] satisfies EntryRow["entryKind"][];
const METHODS: readonly string[] = ["charge", "reserve"];

/** In place of a version that is no number, which no row of ours has. */
const NO_VERSION = 0.5;
/** The numbers that any row takes, its lists apart. */
const ROW_NUMBERS = 32;
const NUMBERS = 1_024;

/** Whether a put of a node leaves who it is and where it stands as it is at the version of its check. */
export type KeepsIdentity = (row: NodeRow, version: Version | null) => boolean;

/** Writes commits. What it gave is written over by the next. */
export class CommitWriter {
  #numbers = new Float64Array(NUMBERS);
  #length = 0;
  #texts: (string | null)[] = [];
  readonly #keepsIdentity: KeepsIdentity;

  constructor(keepsIdentity: KeepsIdentity) {
    this.#keepsIdentity = keepsIdentity;
  }

  /**
   * The numbers, of which the first `length` count, and the texts as JSON.
   *
   * @throws KeyrailError `invalid_commit`
   */
  write(commits: readonly Commit[]): {
    readonly numbers: Float64Array;
    readonly length: number;
    readonly texts: string;
  } {
    this.#length = 0;
    this.#texts = [];
    this.#put(commits.length);
    for (const commit of commits) this.#commit(commit);
    return { numbers: this.#numbers, length: this.#length, texts: JSON.stringify(this.#texts) };
  }

  #commit(commit: Commit): void {
    this.#room(0);
    this.#put(commit.tree);
    this.#put(commit.now);
    this.#flag(commit.clock === "system");
    this.#flag(commit.claims);
    this.#texts.push(commit.owner);
    this.#put(commit.checks.length);
    for (const check of commit.checks) this.#check(check);
    this.#put(commit.puts.length);
    for (const row of commit.puts) {
      if (row.kind === "node") this.#node(row, commit.checks);
      else if (row.kind === "hold") this.#hold(row);
      else this.#entry(row);
    }
  }

  #check({ ref, version }: Check): void {
    this.#room(0);
    if ("node" in ref) {
      this.#put(0);
      this.#put(ref.node);
    } else if ("hold" in ref) {
      this.#put(1);
      this.#texts.push(ref.hold);
    } else {
      const { node, method, key } = ref.entry;
      this.#put(2);
      this.#put(node);
      this.#texts.push(method, key);
    }
    this.#put(typeof version === "string" ? NO_VERSION : (version ?? Number.NaN));
  }

  #node(row: NodeRow, checks: readonly Check[]): void {
    this.#room(row.buckets.length * 2);
    const check = checks.find(({ ref }) => "node" in ref && ref.node === row.id);
    const isWhole = !this.#keepsIdentity(row, check?.version ?? null);
    this.#put(0);
    this.#put(row.id);
    this.#flag(isWhole);
    if (isWhole) this.#identity(row);
    this.#optional(row.expiresAt);
    this.#optional(row.revokedAt);
    this.#optional(row.lastUsedAt);
    this.#optional(row.capMicrocents);
    this.#texts.push(row.period, row.alignment);
    this.#put(row.anchorAt);
    this.#put(row.window);
    this.#put(row.windowStart);
    this.#optional(row.resetAt);
    this.#put(row.spentMicrocents);
    this.#put(row.buckets.length);
    for (const { expiresAt, heldMicrocents } of row.buckets) {
      this.#put(expiresAt);
      this.#put(heldMicrocents);
    }
    this.#put(row.trueToSeq);
    this.#flag(row.root !== null);
    if (row.root === null) return;
    this.#put(row.root.seq);
    this.#put(row.root.greatestNow);
  }

  #identity(row: NodeRow): void {
    const { path, hash, subject, keyPrefix, accountId, userId, name, delegatedBy, scopes } = row;
    this.#optional(row.parentId);
    this.#put(row.createdAt);
    this.#texts.push(path, hash, subject, keyPrefix, accountId, userId, name, delegatedBy);
    this.#flag(scopes !== null);
    if (scopes === null) return;
    this.#put(scopes.length);
    this.#texts.push(...scopes);
  }

  #hold(row: HoldRow): void {
    this.#room(row.windows.length);
    this.#put(1);
    this.#texts.push(row.id);
    this.#put(row.node);
    this.#put(row.amountMicrocents);
    this.#put(row.createdAt);
    this.#put(row.expiresAt);
    this.#list(row.windows);
    this.#word(HOLD_STATES, row.state);
    this.#optional(row.endedAt);
    this.#flag(row.settled !== null);
    if (row.settled === null) return;
    this.#put(row.settled.costMicrocents);
    this.#put(row.settled.overdraftMicrocents);
    this.#flag(row.settled.late);
  }

  #entry(row: EntryRow): void {
    this.#room(row.windows.length);
    this.#put(2);
    this.#put(row.seq);
    this.#word(ENTRY_KINDS, row.entryKind);
    this.#put(row.node);
    this.#put(row.at);
    this.#put(row.amountMicrocents);
    this.#put(row.askedMicrocents);
    this.#list(row.windows);
    this.#optional(row.expiresAt);
    this.#put(row.usedMicrocents);
    this.#optional(row.remainingMicrocents);
    this.#put(row.overdraftMicrocents);
    this.#flag(row.late);
    this.#texts.push(row.hold, row.command);
    this.#flag(row.idempotency !== null);
    if (row.idempotency !== null) {
      this.#word(METHODS, row.idempotency.method);
      this.#texts.push(row.idempotency.key);
    }
    this.#texts.push(row.metadata === null ? null : JSON.stringify(row.metadata));
  }

  /** Makes room for one row with this many numbers in its lists. */
  #room(listed: number): void {
    const needed = this.#length + ROW_NUMBERS + listed;
    if (needed <= this.#numbers.length) return;
    const grown = new Float64Array(needed * 2);
    grown.set(this.#numbers);
    this.#numbers = grown;
  }

  #put(number: number): void {
    this.#numbers[this.#length] = number;
    this.#length += 1;
  }

  #optional(number: number | null): void {
    this.#put(number ?? Number.NaN);
  }

  #flag(flag: boolean): void {
    this.#put(flag ? 1 : 0);
  }

  #list(numbers: readonly number[]): void {
    this.#put(numbers.length);
    for (const number of numbers) this.#put(number);
  }

  #word(words: readonly string[], word: string): void {
    const place = words.indexOf(word);
    if (place === -1) throw new KeyrailError("invalid_commit", "a row has a state, kind or method that there is not");
    this.#put(place);
  }
}

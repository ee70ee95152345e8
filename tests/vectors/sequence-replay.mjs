// One recorded sequence, run against AgentKey. Ids and keys are named as the recording names them.
import { isDeepStrictEqual } from "node:util";
import { AgentKey } from "keyrail";
import { decode } from "./cases.mjs";

/** What the recording does not show, and what its words for ids are. */
const plain = (answer, names) => {
  if (typeof answer !== "object" || answer === null) return answer;
  const { binding: _binding, parentId: _parent, path: _path, clamped: _clamped, ...rest } = answer;
  if (typeof rest.id === "number") rest.id = { $idOf: names.get(rest.id) ?? "?" };
  return rest;
};

/** A case's keys, subjects and clock, in an opened place. */
export class Replay {
  #now = 0;
  #place;
  #keys = new Map();
  #ids = new Map();
  #names = new Map();
  #refused = new Set();
  #instants = new Set();
  #ak;

  constructor({ options }, place) {
    this.#place = place;
    this.#ak = new AgentKey({ ...place.options, costRounding: "cent", clock: () => this.#now, ...options });
  }

  /** Runs a step: what was recorded, what we answer, and the row that it is about. */
  async step(step) {
    this.#now = Date.parse(step.at);
    this.#instants.add(this.#now);
    const args = this.#resolve(step.args ?? {});
    let ours;
    try {
      ours = plain(await this.#run(step.op, args), this.#names);
    } catch (error) {
      ours = { error: error.message };
      if (step.op === "create") this.#refused.add(step.args.as);
    }
    // Notes of a use go their own way; the recording awaited them too.
    await this.#ak.close();
    const recorded = step.error === undefined ? decode(step.result) : { error: step.error.message };
    const isRefused = this.#refused.has(step.args?.key?.$keyOf);
    return { step, now: this.#now, instants: this.#instants, recorded, ours, row: await this.#rowOf(args), isRefused };
  }

  /** The columns of the rows at the end that are not as recorded, each a difference of its own. */
  async finalRows(recorded) {
    const pairs = [];
    for (const recordedRow of recorded) {
      const { $row: name, ...columns } = recordedRow;
      const ref = this.#refOf(name);
      const [row, ours = {}] = await Promise.all([this.#place.row(ref), this.#place.columns(ref)]);
      const isRefused = this.#refused.has(name) || name === "subject:";
      for (const [column, value] of Object.entries(decode(columns))) {
        if (isDeepStrictEqual(ours[column], value)) continue;
        const [recorded, here] = [{ [column]: value }, { [column]: ours[column] }];
        pairs.push({ step: null, now: this.#now, instants: this.#instants, recorded, ours: here, row, isRefused });
      }
    }
    return pairs;
  }

  #resolve(args) {
    const entries = Object.entries(args).map(([name, value]) => {
      if (value?.$keyOf !== undefined) return [name, this.#keys.get(value.$keyOf) ?? "ak_unknown"];
      if (value?.$idOf !== undefined) return [name, this.#ids.get(value.$idOf)];
      return [name, decode(value)];
    });
    return Object.fromEntries(entries);
  }

  async #run(op, args) {
    const ak = this.#ak;
    switch (op) {
      case "advance":
        return undefined;
      case "create": {
        const created = await ak.create(args.options);
        this.#keys.set(args.as, created.key);
        this.#ids.set(args.as, created.id);
        this.#names.set(created.id, args.as);
        return { ...created, key: { $keyOf: args.as } };
      }
      case "validate":
        return ak.validate(args.key);
      case "validateBySubject":
        return ak.validateBySubject(args.subject);
      case "track":
        return ak.trackUsage(args.key, { costCents: args.costCents });
      case "trackBySubject":
        return ak.trackUsageBySubject(args.subject, { costCents: args.costCents });
      case "ensureSubject":
        return ak.ensureSubject(args.subject, args.options);
      case "hasScope": {
        const validation = await ("key" in args ? ak.validate(args.key) : ak.validateBySubject(args.subject));
        return validation.valid ? ak.hasScope(validation, args.scope) : validation;
      }
      case "revoke":
        return ak.revoke(args.id, args.accountId);
      case "parallelEnsure":
        await Promise.all(Array.from({ length: args.n }, () => ak.ensureSubject(args.subject, args.options)));
        return "ok";
      case "parallelTrack":
        return this.#parallelTrack(args);
      case "setRow":
        return this.#place.set(this.#ids.get(args.row), args.set);
      default:
        throw new Error(`no such step: ${op}`);
    }
  }

  async #parallelTrack({ key, n, costCents }) {
    const answers = await Promise.all(Array.from({ length: n }, () => this.#ak.trackUsage(key, { costCents })));
    const counts = {};
    for (const { success, reason } of answers) {
      const name = success ? "success" : reason;
      counts[name] = (counts[name] ?? 0) + 1;
    }
    return counts;
  }

  #refOf(name) {
    if (name.startsWith("subject:")) return { subject: name.slice("subject:".length) };
    return { id: this.#ids.get(name) ?? 0 };
  }

  async #rowOf({ key, subject }) {
    if (subject !== undefined) return this.#place.row({ subject });
    const name = [...this.#keys].find(([, secret]) => secret === key)?.[0];
    return name === undefined ? undefined : this.#place.row(this.#refOf(name));
  }
}

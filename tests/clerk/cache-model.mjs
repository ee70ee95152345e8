// The simplest cache that can be thought of: it keeps the whole history and works every answer out from it.

/** For how long everybody waits. */
export const WAIT_MS = 3_000;

export class HistoryCache {
  /** `{order, credential, askedAt, beganAt, ttl, answer?, landedOrder?, isSuperseded}` */
  #questions = [];
  #revocations = [];
  #order = 0;

  /** What an ask comes to: a verdict at once, or a question, which may be an old one. */
  ask(credential, { now, elapsed, ttl }) {
    const kept = this.#keptOf(credential);
    const age = kept === undefined ? Number.NaN : now - kept.askedAt;
    if (age >= 0 && age < ttl) return { verdict: this.judge(kept, { now, ttl }) };
    const flying = this.#questions.findLast((one) => one.credential === credential && !one.isSuperseded);
    if (flying !== undefined && flying.answer === undefined) {
      if (elapsed - flying.beganAt < WAIT_MS) return { question: flying, isNew: false };
      flying.isSuperseded = true;
    }
    this.#order += 1;
    const question = { order: this.#order, credential, askedAt: now, beganAt: elapsed, ttl, isSuperseded: false };
    this.#questions.push(question);
    return { question, isNew: true };
  }

  land(question, answer) {
    this.#order += 1;
    Object.assign(question, { answer, landedOrder: this.#order });
  }

  revoke(id, now) {
    this.#order += 1;
    this.#revocations.push({ id, at: now, order: this.#order });
  }

  judge({ credential, order, answer }, { now, ttl }, before = Number.POSITIVE_INFINITY) {
    if (answer.kind === "down") return "down";
    if (answer.kind !== "good" || answer.expiration <= now) return "bad";
    const id = idOf(credential);
    const revocation = this.#revocations.findLast((one) => one.id === id && one.order < before);
    const isRevoked = revocation !== undefined && (revocation.order > order || now - revocation.at < ttl);
    return isRevoked ? "bad" : "good";
  }

  /** The question whose answer is kept. */
  #keptOf(credential) {
    const landed = this.#questions
      .filter((one) => one.credential === credential && one.answer !== undefined && !one.isSuperseded)
      .sort((a, b) => a.landedOrder - b.landedOrder);
    return landed.reduce((kept, question) => this.#keptAfter(kept, question), undefined);
  }

  #keptAfter(kept, question) {
    const { answer, askedAt, landedOrder, ttl } = question;
    if (answer.kind === "down") return kept;
    const isUnknown = answer.kind === "unknown";
    if (this.judge(question, { now: askedAt, ttl }, landedOrder) === "good" || isUnknown) {
      const isOfSameKind = kept !== undefined && (kept.answer.kind === "unknown") === isUnknown;
      return ttl > 0 ? question : isOfSameKind ? kept : undefined;
    }
    return undefined;
  }
}

/** The id of a credential, which several may share. */
export const idOf = (credential) => `id_${credential.slice(0, 1)}`;

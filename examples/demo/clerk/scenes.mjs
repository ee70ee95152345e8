// What the demo plays with Clerk's credentials. Each scene has callers of its own and gives the figures that it saw.
import { setTimeout as sleep } from "node:timers/promises";
import { count } from "../calls.mjs";
import { CACHE_MS, CENTS_PER_WORD, WORDS_MAX } from "./example.mjs";

const CHAT = "/api/chat";
const DIGEST = "/internal/digest";
const ANSWER_CENTS = WORDS_MAX * CENTS_PER_WORD;
/** A cache may be a little older than the first answer from it. */
const GRACE_MS = 100;
const VERIFY = "/api_keys/verify";

const atOnce = (calls, call) => Promise.all(Array.from({ length: calls }, call));
/** What is spent and held at every level, the organisation's first; nothing where there is no row. */
const levels = async (books, id) => {
  const { valid, reason } = await books.validateBySubject(id);
  if (!valid && reason === "invalid") return [];
  const budgets = await books.budgets({ subject: id });
  return budgets.map(({ usedCents, heldCents }) => ({ usedCents, heldCents }));
};
const used = (budgets) => budgets.map(({ usedCents }) => usedCents);
const cost = (answers) => answers.reduce((sum, { body }) => sum + (body.costCents ?? 0), 0);
/** What Clerk was asked while something was played. */
const asked = async ({ stub }, play) => {
  const before = stub.askedFor(VERIFY).length;
  const played = await play();
  return { played, questions: stub.askedFor(VERIFY).length - before };
};

/** A key that nobody has seen, called many times at once. */
export async function firstSeen(world) {
  const { stub, books, ask } = world;
  const calls = 200;
  const { id, secret } = stub.addApiKey({ subject: "user_ann", claims: { org: "org_acme" } });
  const before = await levels(books, id);
  const { played, questions } = await asked(world, () => atOnce(calls, () => ask(CHAT, secret)));
  const after = await levels(books, id);
  return {
    calls,
    levelsBefore: before.length,
    levelsAfter: after.length,
    questions,
    answered: count(played, 200),
    refused: count(played, 429),
    limitCents: played.find(({ status }) => status === 429)?.body.binding?.limitCents,
    answerCents: ANSWER_CENTS,
    chargedCents: used(after).join(),
  };
}

/** What is set aside before an answer, and what it has cost in the end. */
export async function heldThenSettled({ stub, books, ask }) {
  const words = WORDS_MAX - 1;
  const { id, secret } = stub.addApiKey({ subject: "user_bea", claims: { org: "org_bea" } });
  const heldAt = async () => (await levels(books, id)).map(({ heldCents }) => heldCents);
  let isUnderWay = true;
  let during = [];
  const answering = ask(CHAT, secret, words).finally(() => {
    isUnderWay = false;
  });
  while (isUnderWay && !during.some((cents) => cents > 0)) during = await heldAt();
  const answer = await answering;
  return {
    answer: answer.status,
    mostCents: ANSWER_CENTS,
    heldDuringCents: during.join(),
    costCents: words * CENTS_PER_WORD,
    chargedCents: used(await levels(books, id)).join(),
    heldAfterCents: (await heldAt()).join(),
  };
}

/** Keys of one user, and users of one organisation, each with money of its own left. */
export async function threeLevels({ stub, ask }) {
  const keyOf = (subject) => stub.addApiKey({ subject, claims: { org: "org_dun" } }).secret;
  const spend = async (secret) => {
    const answers = await atOnce(5, () => ask(CHAT, secret));
    const refused = answers.filter(({ status }) => status === 429).map(({ body }) => body.binding);
    return { answered: count(answers, 200), binding: refused[0] };
  };
  const first = await spend(keyOf("user_cat"));
  const second = await spend(keyOf("user_cat"));
  const third = await spend(keyOf("user_dan"));
  const told = (binding) => (binding?.ancestor === true ? "one above it" : "its own");
  return {
    key: first.answered,
    keyBound: told(first.binding),
    secondKey: second.answered,
    secondBound: told(second.binding),
    otherUser: third.answered,
    otherBound: told(third.binding),
    figuresTold: "limitCents" in third.binding || "usedCents" in third.binding,
    spentCents: (first.answered + second.answered + third.answered) * ANSWER_CENTS,
  };
}

/** A key that is revoked in Clerk. */
export async function revoked(world, progress) {
  const { stub, books, ask } = world;
  const { id, secret } = stub.addApiKey({ subject: "user_eve" });
  const call = () => ask(CHAT, secret, 4);
  const { played, questions } = await asked(world, async () => {
    const before = await call();
    stub.revokeApiKey(id);
    return { before, within: await call() };
  });
  const wait = sleep(CACHE_MS + GRACE_MS);
  await progress(() => "revoked in Clerk; waiting until what it said before is too old", wait);
  const after = await call();
  return {
    before: played.before.status,
    within: played.within.status,
    questions,
    after: after.status,
    afterError: after.body.error,
    chargedCents: used(await levels(books, id)).at(-1),
    paidCents: cost([played.before, played.within]),
  };
}

/** A Clerk that cannot be asked, in many ways. */
export async function clerkDown({ stub, books, ask }, progress) {
  const known = stub.addApiKey({ subject: "user_fay" });
  const fresh = stub.addApiKey({ subject: "user_gil" });
  const call = ({ secret }) => ask(CHAT, secret, 4);
  const before = await call(known);
  const spentBefore = used(await levels(books, known.id)).join();

  const faults = ["500", "503", "429", "reset", "html", "empty-object", "truncated", "hang"];
  const down = [];
  let within;
  const play = async () => {
    for (const fault of faults) {
      const failing = stub.fail(fault);
      within ??= await call(known);
      down.push(await call(fresh));
      failing.stop();
    }
    stub.fail("500");
    await sleep(CACHE_MS + GRACE_MS);
    down.push(await call(known));
  };
  await progress(() => `${down.length} of ${faults.length + 1} calls while Clerk is down`, play());
  const rowsOfFresh = await levels(books, fresh.id);
  const spentMeanwhile = used(await levels(books, known.id)).at(-1) - Number(spentBefore.split(",").at(-1));
  stub.heal();
  const healed = [await call(known), await call(fresh)];
  return {
    before: before.status,
    within: within.status,
    calls: faults.length + 1,
    down: count(down, 503),
    text: down.filter(({ body }) => "text" in body).length,
    rowsOfFresh: rowsOfFresh.length,
    unpaidCents: cost([within]) - spentMeanwhile,
    healed: count(healed, 200),
  };
}

/** Machines instead of customers. */
export async function machines({ stub, books, ask }) {
  const token = stub.addToken();
  const stranger = stub.addToken({ machine: stub.addMachine({ name: "stranger" }).id });
  const { secret } = stub.addApiKey({ subject: "user_hal" });
  const own = await ask(DIGEST, token.token, 8);
  const before = stub.requests.length;
  const crossed = [await ask(DIGEST, secret), await ask(CHAT, token.token)];
  const questions = stub.requests.length - before;
  const strange = await ask(DIGEST, stranger.token);
  return {
    own: own.status,
    costCents: cost([own]),
    chargedCents: used(await levels(books, stub.machineId)).join(),
    strange: strange.status,
    crossed: count(crossed, 401),
    questions,
  };
}

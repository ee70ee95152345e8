// examples/llm-proxy: what its keys have paid is what its model charges, to the microcent, whatever happens between.
import assert from "node:assert/strict";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { after, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { AgentKey } from "keyrail";
import { Meter } from "../../examples/llm-proxy/meter.mjs";
import {
  begin,
  call,
  costOf,
  figures,
  mint,
  newFile,
  run,
  settles,
  start,
  tokensIn,
  until,
} from "./llm-proxy-calls.mjs";

const file = await newFile();
const server = await start(file);
after(async () => {
  await server.stop("SIGKILL");
  await file.remove();
});

/** The running example, with a bill that begins now. */
async function fresh() {
  const before = (await server.bill()).length;
  return { ...server, bill: async () => (await server.bill()).slice(before) };
}

/** A prompt of five tokens and at most forty back: 307,500 microcents are held for it. */
const ASK = { model: "large", max_tokens: 40, messages: [{ role: "user", content: "how much is the fish" }] };
const ESTIMATE = 307_500;
const asking = (stand_in) => ({ ...ASK, stand_in });

/**
 * Plays calls with keys of their own. Afterwards nothing may be held, and every level must have paid what the
 * model charges, as must the entries of the ledger together.
 */
function check(name, play, caps = {}) {
  test(`llm-proxy: ${name}`, { timeout: 30_000 }, async () => {
    const app = await fresh();
    const keys = await mint(app, caps);
    await play(app, keys);
    await until(async () => (await figures(app, keys)).every(({ held }) => held === 0), "nothing is held any more");
    const charged = costOf(await app.bill());
    for (const { spent } of await figures(app, keys)) assert.equal(spent, charged, "a level has paid what is charged");
    const sum = (await settles(app, keys)).reduce((total, entry) => total + entry.amountMicrocents, 0);
    assert.equal(sum, charged, "the ledger adds up to what is charged");
  });
}

/** The items of the bill: how many tokens were said, and whether the answer ended. */
const said = async (app) => (await app.bill()).map(({ outputTokens, ended }) => [outputTokens, ended]);
const endings = async (app, keys) => (await settles(app, keys)).map(({ metadata }) => metadata.ending);

/** Begins a call and leaves it once this many tokens have come. */
async function leaveAfter(app, key, body, tokens) {
  const outgoing = begin(app, key, body).on("error", () => {});
  if (tokens > 0) {
    const [incoming] = await once(outgoing, "response");
    incoming.on("error", () => {});
    let came = "";
    incoming.setEncoding("utf8").on("data", (part) => {
      came += part;
    });
    await until(() => tokensIn(came) >= tokens, `${tokens} tokens have come`);
  } else {
    await until(async () => (await app.bill()).length === 1, "the model has the request");
  }
  outgoing.destroy();
}

check("an answer is passed on as it is, and its tokens are paid at every level", async (app, keys) => {
  const answer = await call(app, keys.key, asking({ tokens: 20 }));
  assert.deepEqual([answer.status, answer.isWhole, tokensIn(answer.body)], [200, true, 20]);
  assert.equal(answer.headers.ratelimit.startsWith('"budget";r=99;'), true);
  assert.equal(answer.body.endsWith("data: [DONE]\n\n"), true);
  assert.deepEqual(
    (await figures(app, keys)).map(({ spent }) => spent),
    [157_500, 157_500, 157_500],
    "5 × 1,500 + 20 × 7,500",
  );
  const [{ metadata }] = await settles(app, keys);
  const expected = { model: "large", inputTokens: 5, outputTokens: 20, isReported: true, ending: "whole" };
  assert.deepEqual(metadata, expected);
});

check(
  "50 calls at once under a small cap: never over it, and what is left is not blocked",
  async (app, keys) => {
    const capMicrocents = 2_000_000;
    const calls = Array.from({ length: 50 }, () => call(app, keys.key, asking({ tokens: 20, fault: "slow" })));
    let isOver = false;
    const watching = (async () => {
      while (!isOver) {
        for (const { spent, held } of await figures(app, keys)) assert.equal(spent + held <= capMicrocents, true);
        await sleep(5);
      }
    })();
    const answers = await Promise.all(calls);
    isOver = true;
    await watching;
    const admitted = answers.filter(({ status }) => status === 200).length;
    assert.equal(answers.filter(({ status }) => status === 429).length, 50 - admitted);
    assert.equal(admitted >= Math.floor(capMicrocents / ESTIMATE), true, `${admitted} of them fit at once`);
    assert.equal((await app.bill()).length, admitted, "who was refused never reached the model");

    // What the first ones did not use is there for the next ones, down to the last call that fits.
    let more = 0;
    while ((await call(app, keys.key, asking({ tokens: 20 }))).status === 200) more += 1;
    const [{ spent }] = await figures(app, keys);
    assert.equal(more > 0 && spent <= capMicrocents && spent + ESTIMATE > capMicrocents, true, `${spent} are spent`);
  },
  { agent: 2 },
);

check("a client that leaves stops the model, and pays for what came", async (app, keys) => {
  await leaveAfter(app, keys.key, asking({ tokens: 40, fault: "stalls", at: 7 }), 7);
  await until(async () => (await app.bill())[0].ended !== null, "the model has stopped");
  assert.deepEqual(await said(app), [[7, "broken"]]);
  await until(async () => (await settles(app, keys)).length === 1, "it is settled");
  assert.deepEqual(await endings(app, keys), ["client_left"]);
});

check("a client that leaves before the first token pays for its prompt", async (app, keys) => {
  await leaveAfter(app, keys.key, asking({ fault: "stalls", at: 0 }), 0);
  await until(async () => (await settles(app, keys)).length === 1, "it is settled");
  assert.deepEqual(await said(app), [[0, "broken"]]);
  assert.equal((await figures(app, keys))[0].spent, 7_500);
});

check("a model that breaks off: the caller sees it, and what came is paid", async (app, keys) => {
  const answer = await call(app, keys.key, asking({ fault: "breaks_off", at: 7 }));
  assert.deepEqual([answer.status, answer.isWhole, tokensIn(answer.body)], [200, false, 7]);
  await until(async () => (await settles(app, keys)).length === 1, "it is settled");
  assert.deepEqual(await said(app), [[7, "broken"]]);
  assert.deepEqual(await endings(app, keys), ["upstream_broke_off"]);
});

check("a model that fails: 502, and all of it is released", async (app, keys) => {
  const answer = await call(app, keys.key, asking({ fault: "fails" }));
  assert.deepEqual([answer.status, answer.body], [502, { error: "upstream_failed", upstreamStatus: 500 }]);
  assert.deepEqual((await figures(app, keys)).at(0), { spent: 0, held: 0 });
});

check("a model that tells no usage: what came is counted", async (app, keys) => {
  const answer = await call(app, keys.key, asking({ tokens: 20, fault: "no_usage" }));
  assert.deepEqual([answer.status, answer.isWhole], [200, true]);
  const [{ metadata }] = await settles(app, keys);
  assert.deepEqual([metadata.outputTokens, metadata.isReported], [20, false]);
});

check(
  "a settle above the estimate is recorded in full, and nothing more is admitted",
  async (app, keys) => {
    const answer = await call(app, keys.key, asking({ tokens: 40, fault: "thinks" }));
    assert.equal(answer.status, 200);
    const [entry] = await settles(app, keys);
    assert.deepEqual([entry.amountMicrocents, entry.overdraftMicrocents], [1_057_500, 57_500], "140 tokens, 1 cent");
    const next = await call(app, keys.key, asking({ tokens: 1 }));
    assert.deepEqual([next.status, next.body.binding.usedCents], [429, 1.0575]);
    assert.equal((await app.bill()).length, 1);
  },
  { agent: 1 },
);

check(
  "over its own budget: 429 with all about it, and when to come again",
  async (app, keys) => {
    assert.equal((await call(app, keys.key, { ...ASK, max_tokens: 200 })).status, 429);
    const { headers, body } = await call(app, keys.key, { ...ASK, max_tokens: 200 });
    const { windowStart, resetAt, ...binding } = body.binding;
    assert.deepEqual(
      [body.error, binding],
      [
        "budget_exceeded",
        {
          id: keys.ids.agent,
          path: `${keys.ids.org}/${keys.ids.team}/${keys.ids.agent}`,
          limitCents: 1,
          usedCents: 0,
          heldCents: 0,
          requestedCents: 1.5075,
          period: "hour",
        },
      ],
    );
    assert.equal(Date.parse(resetAt) - Date.parse(windowStart), 3_600_000);
    assert.equal(Number(headers["retry-after"]) > 3_500 && Number(headers["retry-after"]) <= 3_600, true);
    assert.deepEqual(await app.bill(), []);
  },
  { agent: 1 },
);

check(
  "over its team's budget: 429 that tells when, and none of the team's figures",
  async (app, keys) => {
    const { status, headers, body } = await call(app, keys.key, { ...ASK, max_tokens: 200 });
    const { resetAt, ...binding } = body.binding;
    assert.deepEqual([status, binding], [429, { ancestor: true, period: "day", requestedCents: 1.5075 }]);
    assert.equal(Number(headers["retry-after"]) <= 86_400 && Date.parse(resetAt) > Date.now(), true);
    assert.deepEqual(await app.bill(), []);
  },
  { team: 1, agent: null },
);

check("what is no request to the model is 400, and nothing is held for it", async (app, keys) => {
  const message = { role: "user", content: "how much is the fish" };
  for (const wrong of [
    { model: "free" },
    { model: "__proto__" },
    { max_tokens: undefined },
    { max_tokens: -1_000_000 },
    { max_tokens: 1.5 },
    { max_tokens: "40" },
    { messages: "how much is the fish" },
    { messages: [message, { role: "user" }] },
    { messages: [message, null] },
  ]) {
    const { status } = await call(app, keys.key, { ...ASK, ...wrong });
    assert.equal(status, 400, JSON.stringify(wrong));
  }
  assert.deepEqual(await app.bill(), []);
});

test("llm-proxy: the meter reads an answer that comes byte by byte as it reads a whole one", async () => {
  const said = ["fish ", "Fisch ", "魚 ", "🐟 "].map((content) => ({ choices: [{ delta: { content } }] }));
  const noise = [
    "",
    ": a comment",
    "event: ping",
    "data: no JSON",
    "data: null",
    'data: {"usage": {"prompt_tokens": -1}}',
  ];
  const lines = [...noise, ...said.map((event) => `data: ${JSON.stringify(event)}`), "data: [DONE]", ""];
  const reported = `data: ${JSON.stringify({ choices: [], usage: { prompt_tokens: 9, completion_tokens: 104 } })}`;
  for (const [answer, usage] of [
    [lines, { inputTokens: 5, outputTokens: 4 }],
    [[...lines, reported, ""], { inputTokens: 9, outputTokens: 104 }],
  ]) {
    for (const end of ["\n", "\r\n"]) {
      const bytes = Buffer.from(answer.join(end));
      for (const size of [1, 7, bytes.length]) {
        const meter = new Meter(5);
        const parts = Array.from({ length: Math.ceil(bytes.length / size) }, (_, n) =>
          bytes.subarray(n * size, (n + 1) * size),
        );
        const passed = [];
        for await (const part of meter.through(parts)) passed.push(part);
        assert.deepEqual([meter.usage, Buffer.concat(passed).equals(bytes)], [usage, true]);
      }
    }
  }
});

/** More than the buffers between the model and a caller that does not read can take. */
const LONG = 400_000;
const askingLong = { ...ASK, max_tokens: LONG, stand_in: { tokens: LONG } };
const LONG_CAPS = { org: 10_000, team: 10_000, agent: 10_000 };

check(
  "a caller that does not read stops the model until it reads again",
  async (app, keys) => {
    const outgoing = begin(app, keys.key, askingLong);
    const [incoming] = await once(outgoing, "response");
    let before;
    let now = -1;
    do {
      before = now;
      await sleep(300);
      [[now]] = await said(app);
    } while (now > before);
    assert.equal(now < LONG, true, `${now} tokens are said to nobody`);
    for await (const _part of incoming);
    assert.deepEqual(await said(app), [[LONG, "whole"]]);
  },
  LONG_CAPS,
);

test("llm-proxy: a client that leaves in the flow pays no less than came to it, and no more than was said", async () => {
  const app = await fresh();
  const keys = await mint(app, LONG_CAPS);
  await leaveAfter(app, keys.key, askingLong, 1_000);
  await until(async () => (await settles(app, keys)).length === 1, "it is settled");
  await until(async () => (await app.bill())[0].ended === "broken", "the model has stopped");
  const [{ metadata }] = await settles(app, keys);
  const [[outputTokens]] = await said(app);
  assert.equal(metadata.outputTokens >= 1_000 && metadata.outputTokens <= outputTokens, true);
  assert.equal(outputTokens < LONG, true, `the model went on to ${outputTokens} tokens`);
});

/** A proxy and a file of its own, with keys as `npm run mint` gives them. */
async function started(t) {
  const own = await newFile();
  const app = await start(own);
  t.after(async () => {
    await app.stop("SIGKILL");
    await own.remove();
  });
  const printed = await text(run(own, "keys.mjs", "mint", "acme").stdout);
  const [, key] = /^agent +(ak_\w+)$/m.exec(printed);
  return { own, app, key };
}

test("llm-proxy: told to end, it finishes and settles what is under way", { timeout: 30_000 }, async (t) => {
  const { own, app, key } = await started(t);
  const answer = call(app, key, asking({ tokens: 20, fault: "slow" }));
  await until(async () => (await app.bill()).length === 1, "the model has the request");
  assert.equal(await app.stop("SIGTERM"), 0);
  const { isWhole, body } = await answer;
  assert.deepEqual([isWhole, tokensIn(body)], [true, 20]);
  assert.deepEqual((await figures(app, { key }))[0], { spent: 157_500, held: 0 });
  const shown = await text(run(own, "keys.mjs", "budgets", key).stdout);
  assert.equal(shown.match(/0\.1575/g).length, 3, "what is spent, at three levels");
});

test("llm-proxy: killed in mid-answer, it leaves a hold of a minute and nothing else", {
  timeout: 30_000,
}, async (t) => {
  const { own, app, key } = await started(t);
  begin(app, key, asking({ fault: "stalls", at: 7 })).on("error", () => {});
  await until(async () => (await app.bill())[0]?.outputTokens === 7, "the model is in the middle");
  await app.stop("SIGKILL");
  for (const level of await figures(app, { key })) assert.deepEqual(level, { spent: 0, held: ESTIMATE });

  const again = await start(own);
  t.after(() => again.stop("SIGKILL"));
  assert.equal((await call(again, key, asking({ tokens: 20 }))).status, 200, "the rest of the cap is free at once");
  const inAMinute = new AgentKey({ store: own.store, clock: () => Date.now() + 62_000 });
  for (const level of await figures({ ak: inAMinute }, { key })) assert.deepEqual(level, { spent: 157_500, held: 0 });
});

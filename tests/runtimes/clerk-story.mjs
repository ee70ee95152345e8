// One story of Clerk's credentials, told over HTTP to an app of some framework on some runtime, with a stub of
// Clerk behind it. Only the story moves the clocks, so every answer is the same to the byte.
import { send } from "../http/client.mjs";
import { START } from "./story.mjs";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const VERIFY = { "/api_keys/verify": "API keys", "/m2m_tokens/verify": "tokens" };
/** What is said beside a body, where it is said. */
const SAID = ["www-authenticate", "retry-after", "ratelimit", "ratelimit-policy"];

const bearer = (credential) => ({ authorization: `Bearer ${credential}` });

/** The app, the stub and the clock of both, and the answers that the app gives. */
class Told {
  constructor(answers, names, { port, stub, clock }) {
    Object.assign(this, { answers, names, stub, clock, server: { port } });
  }

  /** One call. */
  async post(path, headers) {
    const {
      status,
      headers: said,
      body,
    } = await send(this.server, { method: "POST", path, headers, json: {} }).catch((fault) => ({
      status: String(fault),
      headers: {},
      body: null,
    }));
    const shown = SAID.filter((name) => said[name] !== undefined).map((name) => [name, said[name]]);
    return { status, said: Object.fromEntries(shown), body };
  }

  /** Something the app is asked beside its calls. */
  async control(asked) {
    return (await send(this.server, { method: "POST", path: "/control", json: asked })).body;
  }

  /** Moves both clocks to so many ms after the beginning. */
  async at(ms) {
    this.clock.now = START + ms;
    await this.control({ now: this.clock.now });
  }

  /** How often Clerk was asked about credentials since it was last looked at; the SDK gets JWKS when it likes. */
  questions() {
    const asked = this.stub.requests.splice(0).flatMap(({ path }) => VERIFY[path] ?? []);
    return Object.fromEntries([...new Set(asked)].map((what) => [what, asked.filter((one) => one === what).length]));
  }

  /** Records an answer. */
  note(name, value) {
    this.answers.note(`clerk: ${name}`, this.names.in(value));
  }

  /** Records an answer that must be this one. */
  expect(name, value, expected) {
    this.answers.expect(`clerk: ${name}`, this.names.in(value), expected);
  }

  /** A call whose status and error must be these; the whole answer is recorded. */
  async expectAnswer(name, path, headers, [status, error]) {
    const answer = await this.post(path, headers);
    this.note(name, answer);
    this.expect(`${name}: status and error`, [answer.status, answer.body?.error ?? null], [status, error ?? null]);
    return answer;
  }

  /** An API key with a fixed id. */
  key(name, fields) {
    const { secret } = this.stub.addApiKey({ id: `ak_${name}`, ...fields });
    return bearer(secret);
  }

  /** A token, and its id by a name. */
  token(name, fields) {
    const { id, token } = this.stub.addToken(fields);
    this.names.call(name, id);
    return { id, headers: bearer(token) };
  }
}

const shapes = async (told) => {
  const good = told.key("shapes", { subject: "user_shapes" });
  const { headers: token } = told.token("token for shapes");
  const pad = (length) => bearer("x".repeat(length));
  for (const [name, path, headers, expected] of [
    ["no header", "/key", {}, [401, "Missing API key"]],
    ["no header for a token", "/machine", {}, [401, "Missing M2M token"]],
    ["another scheme", "/key", { authorization: "Basic YTpi" }, [401, "Missing API key"]],
    ["no credential", "/key", { authorization: "Bearer " }, [401, "Missing API key"]],
    ["a token for a key", "/key", token, [401, "invalid_key"]],
    ["a key for a token", "/machine", good, [401, "invalid_token"]],
    ["an OAuth token", "/key", bearer("oat_1"), [401, "invalid_key"]],
    ["over 4 kB", "/key", pad(4_097), [401, "invalid_key"]],
    ["a JWT where only opaque ones are due", "/machine", bearer("eyJh.eyJz.c2ln"), [401, "invalid_token"]],
  ]) {
    await told.expectAnswer(`shape: ${name}`, path, headers, expected);
  }
  const twice = { authorization: [good.authorization, "Bearer x"] };
  await told.expectAnswer("shape: two headers", "/key", twice, [401, "invalid_key"]);
  told.expect("shape: Clerk was not asked", told.questions(), {});
  await told.expectAnswer(
    "any case of the scheme",
    "/key",
    { authorization: good.authorization.replace("B", "b") },
    [200],
  );
};

const levels = async (told) => {
  told.questions();
  const claims = { org: "org_acme" };
  const ann = told.key("ann", { subject: "user_ann", scopes: ["a:b"], claims });
  await told.expectAnswer("a first call", "/key", ann, [200]);
  told.expect(
    "each call costs 25 of the 50 that are held",
    (await told.control({ budgetsOf: "ak_ann" })).budgets.map(({ limitCents, usedCents, heldCents, period }) => [
      limitCents,
      usedCents,
      heldCents,
      period,
    ]),
    [
      [250, 25, 0, "month"],
      [150, 25, 0, "month"],
      [100, 25, 0, "day"],
    ],
  );
  for (const number of [2, 3]) await told.expectAnswer(`call ${number} of a key`, "/key", ann, [200]);
  await told.expectAnswer("the key is spent", "/key", ann, [429, "budget_exceeded"]);
  const second = told.key("ann-2", { subject: "user_ann", claims });
  for (const number of [1, 2]) await told.expectAnswer(`call ${number} of her second key`, "/key", second, [200]);
  await told.expectAnswer("the user is spent", "/key", second, [429, "budget_exceeded"]);
  const bob = told.key("bob", { subject: "user_bob", claims });
  for (const number of [1, 2, 3]) await told.expectAnswer(`call ${number} of another user's`, "/key", bob, [200]);
  const third = told.key("cid", { subject: "user_cid", claims });
  await told.expectAnswer("one call more of a third user's", "/key", third, [200]);
  await told.expectAnswer("the organisation is spent", "/key", third, [429, "budget_exceeded"]);
  told.expect("Clerk was asked once a key", told.questions(), { "API keys": 4 });
};

const plans = async (told) => {
  const claims = { cents: 1 };
  const key = told.key("planned", { subject: "user_planned", claims });
  for (const number of [1, 2])
    await told.expectAnswer(`call ${number} of a small plan`, "/plan", key, [
      200 + 229 * (number - 1),
      number === 2 ? "budget_exceeded" : null,
    ]);
  claims.cents = 5;
  await told.expectAnswer("a larger plan is not heard of yet", "/plan", key, [429, "budget_exceeded"]);
  await told.at(told.clock.now - START + MINUTE);
  await told.expectAnswer("a larger plan after a minute", "/plan", key, [200]);
};

const scopes = async (told) => {
  const reads = told.key("reads", { subject: "user_reads", claims: { may: ["read"] } });
  const writes = told.key("writes", { subject: "user_writes", claims: { may: ["write"] } });
  await told.expectAnswer("without the scope", "/scoped", reads, [403, "insufficient_scope"]);
  await told.expectAnswer("with the scope", "/scoped", writes, [200]);
  await told.expectAnswer("a subject that is not known", "/known", told.key("new", { subject: "user_new" }), [
    403,
    "unknown_subject",
  ]);
  told.expect("it has no row", (await told.control({ budgetsOf: "user_new" })).budgets, "not_found");
  await told.expectAnswer("a subject that is known", "/known", writes, [200]);
};

const endings = async (told) => {
  told.questions();
  const began = told.clock.now - START;
  const ends = told.key("ends", { subject: "user_ends", expiration: told.clock.now + 30 * SECOND });
  const revoked = told.key("revoked", { subject: "user_revoked" });
  await told.expectAnswer("before its end", "/key", ends, [200]);
  await told.expectAnswer("before it is revoked", "/key", revoked, [200]);
  told.stub.revokeApiKey("ak_revoked");
  await told.expectAnswer("unknown to Clerk", "/key", bearer("ak_unknown"), [401, "invalid_key"]);
  await told.at(began + 30 * SECOND - 1);
  await told.expectAnswer("a millisecond before its end", "/key", ends, [200]);
  await told.expectAnswer("revoked half a minute ago", "/key", revoked, [200]);
  told.expect("all of them asked once", told.questions(), { "API keys": 3 });
  await told.at(began + 30 * SECOND);
  await told.expectAnswer("at its very end", "/key", ends, [401, "invalid_key"]);
  await told.expectAnswer("unknown half a minute ago", "/key", bearer("ak_unknown"), [401, "invalid_key"]);
  await told.at(began + MINUTE);
  await told.expectAnswer("revoked a minute ago", "/key", revoked, [401, "invalid_key"]);
  await told.expectAnswer("still unknown", "/key", bearer("ak_unknown"), [401, "invalid_key"]);
  told.note("questions after a minute", told.questions());
};

/** How Clerk fails, and what is answered then. */
const FAULTS = [
  ["400", 401],
  ["401", 503],
  ["402", 503],
  ["403", 503],
  ["404", 401],
  ["429", 503, { retryAfter: 7 }],
  ["429", 503],
  ["500", 503],
  ["503", 503],
  ["reset", 503],
  ["cut", 503],
  ["html", 503],
  ["html-502", 503],
  ["html-as-json", 503],
  ["content-type", 503],
  ["empty-object", 503],
  ["empty-body", 503],
  ["null", 503],
  ["truncated", 503],
  ["no-subject", 503],
  ["no-id", 503],
];

const faults = async (told) => {
  for (const [index, [fault, status, scope = {}]] of FAULTS.entries()) {
    for (const [door, path, headers, bad] of [
      ["a key", "/key", told.key(`fault-${index}`, { subject: "user_fault" }), "invalid_key"],
      ["a token", "/machine", told.token(`token for fault ${index}`).headers, "invalid_token"],
    ]) {
      const failing = told.stub.fail(fault, scope);
      const name = `Clerk fails with ${fault} ${JSON.stringify(scope)} for ${door}`;
      await told.expectAnswer(name, path, headers, [status, status === 401 ? bad : "auth_unavailable"]);
      failing.stop();
    }
  }
  const { notices } = await told.control({});
  told.expect("what was noticed of it", [...new Set(notices)], ["identity_unavailable"]);
};

const machines = async (told) => {
  told.questions();
  const { id, headers } = told.token("good token", { claims: { job: "digest" } });
  await told.expectAnswer("a machine", "/machine", headers, [200]);
  await told.expectAnswer("a machine again", "/machine", headers, [200]);
  const strange = told.token("strange token", { machine: told.stranger.id });
  await told.expectAnswer("a machine that is not listed", "/machine", strange.headers, [401, "invalid_token"]);
  told.expect("each token asked once", told.questions(), { tokens: 2 });
  told.stub.revokeToken(id);
  await told.at(told.clock.now - START + MINUTE);
  await told.expectAnswer("a token revoked a minute ago", "/machine", headers, [401, "invalid_token"]);

  // The SDK tells the time of a JWT by the system's clock, which the story does not move.
  const now = Math.floor(Date.now() / SECOND);
  const payload = { iss: "https://stub.clerk.accounts.dev", sub: told.stub.machineId, jti: "mt_jwt", scopes: "a b" };
  const times = { iat: now, nbf: now - 10, exp: now + 3_600 };
  const jwt = (claims, header) => bearer(told.stub.signJwt({ ...payload, ...times, ...claims }, header));
  const down = told.stub.fail("500", { path: "/v1/jwks" });
  await told.expectAnswer("a JWT while its keys are out of reach", "/jwt", jwt(), [503, "auth_unavailable"]);
  down.stop();
  told.questions();
  const { body } = await told.post("/jwt", jwt());
  told.expect("a JWT", [body.verified.id, body.verified.subject], ["mt_jwt", "<machine>"]);
  told.expect("a JWT is verified here", told.questions(), {});
  const [head, , signature] = jwt().authorization.split(".");
  const forged = `${head}.${Buffer.from(JSON.stringify({ ...payload, ...times, admin: true })).toString("base64url")}`;
  for (const [name, headers] of [
    ["with another's signature", { authorization: `${forged}.${signature}` }],
    ["of a session", jwt({}, { cat: "cl_B7d4PD111AAA" })],
    ["that has ended", jwt({ exp: now - 60, iat: now - 120, nbf: now - 120 })],
    ["of a machine that is not listed", jwt({ sub: told.stranger.id })],
  ]) {
    await told.expectAnswer(`a JWT ${name}`, "/jwt", headers, [401, "invalid_token"]);
  }
};

const hostile = async (told) => {
  const proto = JSON.parse('{"__proto__": {"org": "org_evil"}, "constructor": {"prototype": 1}, "cents": "1e9"}');
  for (const [name, subject, claims] of [
    ["with a slash", "user/../org_acme", null],
    ["with every kind of letter", "user_é😀\u0007", null],
    ["of 1,024 bytes", "u".repeat(1_024), null],
    ["of 10 kB", "u".repeat(10_240), null],
    ["with claims of a prototype", "user_proto", proto],
    ["called __proto__", "__proto__", null],
  ]) {
    const answer = await told.post("/scoped", told.key(`hostile-${name}`, { subject, claims }));
    told.note(`a subject ${name}`, answer);
  }
  told.note("what was noticed of hostile subjects", (await told.control({})).notices);
};

/** Many first calls at once, of one new subject; then its row is revoked by hand. */
const crowd = async (told) => {
  told.questions();
  const key = told.key("crowd", { subject: "user_crowd" });
  const answers = await Promise.all(Array.from({ length: 100 }, () => told.post("/key", key)));
  const statuses = answers.map(({ status }) => status);
  told.expect("nobody of a crowd is failed", [...new Set(statuses)].sort(), [200, 429]);
  const { budgets } = await told.control({ budgetsOf: "ak_crowd" });
  const [, own] = budgets;
  // How many get in depends on how soon the first ones settle.
  const answered = statuses.filter((status) => status === 200).length;
  told.expect("a crowd fills its budget", answered >= 2 && answered <= 3, true);
  told.expect("a crowd is charged for what it got", own.usedCents === 25 * answered, true);
  told.expect("a crowd asks once", told.questions(), { "API keys": 1 });
  await told.control({ revoke: own.id });
  await told.expectAnswer("its row is revoked", "/key", key, [401, "revoked"]);
};

/**
 * Tells the story to an app.
 *
 * @param app `{ port, stub, stranger, clock }`: where it listens, its stub of Clerk with a machine that is not
 *   listed, and the stub's clock
 */
export async function clerkStory(answers, names, app) {
  const told = new Told(answers, names, app);
  told.stranger = app.stranger;
  names.call("machine", app.stub.machineId);
  names.call("stranger", app.stranger.id);
  const chapters = { shapes, levels, plans, scopes, endings, faults, machines, hostile, crowd };
  for (const [name, chapter] of Object.entries(chapters)) await answers.part(`clerk: ${name}`, () => chapter(told));
}

// One route behind a door of Clerk's: the real SDK asks a stub, and the rows are in a store that counts its commits.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AgentKey } from "keyrail";
import { memory } from "keyrail/stores/memory";
import { sqlite } from "keyrail/stores/sqlite";
import { onEvery, serve } from "../http/adapters.mjs";
import { send } from "../http/client.mjs";
import { clientOf } from "./client.mjs";
import { ClerkStub } from "./stub/index.mjs";

/** The two kinds of credential, each with its door, its words and how one is come by. */
export const KINDS = {
  apiKey: {
    door: "clerkApiKey",
    path: "/api_keys/verify",
    missing: "Missing API key",
    bad: "invalid_key",
    /** Its credential, its id and its subject. */
    issue(stub, { subject = "user_1", ...fields } = {}) {
      const { id, secret } = stub.addApiKey({ subject, ...fields });
      return { id, credential: secret, subject };
    },
    revoke: (stub, id) => stub.revokeApiKey(id),
  },
  m2m: {
    door: "clerkM2M",
    path: "/m2m_tokens/verify",
    missing: "Missing M2M token",
    bad: "invalid_token",
    issue(stub, fields) {
      const { id, token } = stub.addToken(fields);
      return { id, credential: token, subject: fields?.machine ?? stub.machineId };
    },
    revoke: (stub, id) => stub.revokeToken(id),
  },
};

/** Where rows are kept. */
export const STORES = {
  "memory()": () => memory(),
  "sqlite()": (t) => {
    const folder = mkdtempSync(join(tmpdir(), "keyrail-clerk-"));
    const store = sqlite(join(folder, "keys.db"), { synchronous: "normal" });
    t.after(async () => {
      await store.close();
      rmSync(folder, { recursive: true });
    });
    return store;
  },
};

/** The same store; `written` grows with every row that a commit puts or inserts. */
function counted(store) {
  const counts = { written: 0 };
  const counting = new Proxy(store, {
    get(target, name) {
      const member = Reflect.get(target, name);
      if (name !== "commit") return typeof member === "function" ? (...given) => target[name](...given) : member;
      return (commits) => {
        for (const { puts } of commits) counts.written += puts.length;
        return target.commit(commits);
      };
    },
  });
  return { store: counting, counts };
}

/**
 * Opens one route.
 *
 * @param settings.kind a member of `KINDS`, by default an API key
 * @param settings.store a member of `STORES`
 * @param settings.clock of the keys; `stubClock` is Clerk's
 * @param settings.options of the guard
 * @param settings.handle what the route does; by default it shows what it was told
 */
export async function openRoute(t, adapter, settings = {}) {
  const { kind: name = "apiKey", store: place = "memory()", options = {}, ended, ...others } = settings;
  const kind = KINDS[name];
  const stub = await ClerkStub.start({ ended, now: others.stubClock });
  t.after(() => stub.stop());
  const inner = STORES[place](t);
  const { store, counts } = counted(inner);
  const notices = [];
  const clock = others.clock === undefined ? {} : { clock: others.clock };
  const ak = new AgentKey({ store, onEvent: (event) => notices.push(event), ...clock });
  const show = ({ agentKey, verified }) => ({ body: { agentKey, verified } });
  const { handle = show } = others;
  const route = { stub, ak, store: inner, notices, counts, kind, clerkClient: clientOf(stub), ran: 0 };
  const counting = (call) => {
    route.ran += 1;
    return handle(call);
  };
  const { maxHeaderSize } = others;
  route.serve = (more = {}) => {
    const all = { clerkClient: route.clerkClient, ...options, ...more };
    return serve(t, adapter, { ak, options: all, door: kind.door, handle: counting, maxHeaderSize });
  };
  route.server = await route.serve();
  /** How often Clerk was asked about a credential. */
  route.verifies = () => stub.askedFor(kind.path).length;
  route.codes = () => notices.map(({ code }) => code).filter((code) => code !== "unreserved_route");
  route.send = (credential, request = {}) => send(request.server ?? route.server, { key: credential, ...request });
  route.issue = (fields) => kind.issue(stub, fields);
  return route;
}

/** Runs a case with one kind of credential on every adapter. */
export const onKind = (kind, name, body) => onEvery(`${kind}: ${name}`, (t, adapter) => body(t, adapter, kind));

/** Runs a case with each kind of credential on every adapter. */
export function onEveryKind(name, body) {
  for (const kind of Object.keys(KINDS)) onKind(kind, name, body);
}

/** Runs a case over each store on every adapter. */
export function onEveryStore(name, body, settings) {
  for (const store of Object.keys(STORES)) {
    onEvery(`${store}: ${name}`, (t, adapter) => body(t, adapter, store), settings);
  }
}

/** The caller's own figures, or nothing where it has no row. */
export async function figuresOf(ak, subject) {
  try {
    const { limitCents, usedCents, heldCents, period } = (await ak.budgets({ subject })).at(-1);
    return { limitCents, usedCents, heldCents, period };
  } catch (fault) {
    assert.equal(fault.code, "not_found");
    return undefined;
  }
}

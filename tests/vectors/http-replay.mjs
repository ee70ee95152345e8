// Recorded HTTP cases of agentkey, asked of a real Express app in an opened place, with a clock that stands still.
import { once } from "node:events";
import { createServer } from "node:http";
import { isDeepStrictEqual } from "node:util";
import express4 from "express4";
import express5 from "express5";
import { AgentKey } from "keyrail";
import { agentKeyMiddleware, createAgentKeyRoutes } from "keyrail/express";
import { send } from "../express/server.mjs";
import { decode } from "./cases.mjs";

/** The versions that answer every case. */
export const versions = { 4: express4, 5: express5 };

/** Sends one request to an app that lives as long as its answer takes. */
export const ask = async (express, mount, request) => {
  const app = express();
  app.set("env", "test");
  mount(app, express);
  const server = createServer(app);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  try {
    return await send({ port: server.address().port }, request);
  } finally {
    server.close();
  }
};

/** What the recording masks: secrets, ids and uuids. */
const masked = (body, names) => {
  if (typeof body !== "object" || body === null) return body;
  const { id, key, ...rest } = body;
  return {
    ...(id === undefined ? {} : { id: { $idOf: names.get(id) ?? "new" } }),
    ...(key === undefined ? {} : { key: key.replace(/[0-9a-f]{48}$/, "<hex48>") }),
    ...rest,
  };
};

const maskedAccount = (account) => account.replace(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/, "<uuid>");

/** A case of `agentkey_middleware`: one guarded route in front of a handler that shows what it was given. */
export const replayMiddleware = async (express, recordedInput, place) => {
  const input = decode(recordedInput);
  let now = Date.parse(input.createdAt);
  const ak = new AgentKey({ ...place.options, costRounding: "cent", clock: () => now });
  const { key, id } = await ak.create(input.create);
  if (input.thenTrackCents > 0) await ak.trackUsage(key, { costCents: input.thenTrackCents });
  if (input.thenRevoke) await ak.revoke(id);
  now = Date.parse(input.requestAt);
  let handlerRan = false;
  const mount = (app) =>
    app.get("/", agentKeyMiddleware(ak, { scope: input.scope }), (req, res) => {
      handlerRan = true;
      const { id: _id, ...agentKey } = req.agentKey;
      res.json({ agentKey });
    });
  const { status, body } = await ask(express, mount, { headers: headersOf(input.authorization, key) });
  await ak.close();
  return { status, body, handlerRan };
};

const headersOf = (authorization, key) => {
  if (typeof authorization !== "string") return {};
  const field = authorization
    .replace("<KEY minus last char>", key.slice(0, -1))
    .replace("<KEY UPPERCASED>", key.toUpperCase())
    .replace("<KEY>", key);
  return { authorization: field };
};

/** A case of `agentkey_routes`: the answer and, by the recording's names, the rows that are left. */
export const replayRoutes = async (express, recordedInput, place) => {
  const input = decode(recordedInput);
  const options = { ...place.options, costRounding: "cent", clock: () => Date.parse(input.now) };
  const anyKeys = new AgentKey(options);
  const ids = new Map();
  let key;
  if (input.caller !== null) {
    const created = await anyKeys.create(input.caller.options);
    ids.set("caller", created.id);
    key = created.key;
    if (input.caller.track > 0) await anyKeys.trackUsage(key, { costCents: input.caller.track });
  }
  if (input.other !== null) ids.set("other", (await anyKeys.create(input.other)).id);

  const ak = new AgentKey({ ...options, ...input.akOptions });
  const { method, body } = input.request;
  const path = input.request.path.replace("<SELF>", ids.get("caller")).replace("<OTHER>", ids.get("other"));
  const mount = (app, { json }) => app.use(json(), createAgentKeyRoutes(ak, input.routeOptions));
  const answer = await ask(express, mount, { method, path, json: body, key });
  if (answer.status === 201) ids.set("?", answer.body.id);
  await Promise.all([anyKeys.close(), ak.close()]);

  const rows = new Map();
  for (const [name, id] of ids) {
    const columns = await place.columns({ id });
    rows.set(name, { ...columns, account_id: maskedAccount(columns.account_id) });
  }
  const names = new Map([...ids].map(([name, id]) => [id, name === "?" ? "new" : name]));
  return { status: answer.status, body: masked(answer.body, names), rows };
};

/** Whether all that was recorded is there; there may be more. */
export const contains = (ours, recorded) => {
  if (typeof recorded !== "object" || recorded === null || Array.isArray(recorded)) {
    return JSON.stringify(ours) === JSON.stringify(recorded);
  }
  return Object.entries(recorded).every(([name, value]) => contains(ours?.[name], value));
};

/** The columns that are not as recorded, each a difference of its own, and the rows that are too few or too many. */
export const rowDifferences = (recordedRows, rows) => {
  const names = new Set(recordedRows.map(({ $row }) => $row));
  const extra = [...rows].filter(([name, found]) => found !== undefined && !names.has(name));
  return [
    ...extra.map(([row, ours]) => ({ row, column: null, recorded: undefined, ours })),
    ...recordedRows.flatMap(({ $row: row, ...columns }) => columnDifferences(row, decode(columns), rows.get(row))),
  ];
};

const columnDifferences = (row, columns, found) => {
  if (found === undefined) return [{ row, column: null, recorded: columns, ours: undefined }];
  return Object.entries(columns)
    .map(([column, recorded]) => ({ row, column, recorded, ours: found[column] }))
    .filter(({ recorded, ours }) => !isDeepStrictEqual(ours, recorded));
};

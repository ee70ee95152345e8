// What is and what is not a bearer token. Nothing malformed reaches the keys.
import assert from "node:assert/strict";
import { onEvery, serve } from "./adapters.mjs";
import { newKeys, send } from "./client.mjs";

const MEGABYTE = 1_048_576;

const REFUSED = [
  ["nothing", [], "Missing API key"],
  ["an empty field", [""], "Missing API key"],
  ["another scheme, with commas", ['Digest username="KEY", realm="a"'], "Missing API key"],
  ["the scheme alone", ["Bearer"], "Missing API key"],
  ["the scheme and a space", ["Bearer "], "Missing API key"],
  ["another scheme", ["Basic KEY"], "Missing API key"],
  ["no scheme", ["KEY"], "Missing API key"],
  ["a tab for the space", ["Bearer\tKEY"], "Missing API key"],
  ["a scheme that only begins so", ["Bearers KEY"], "Missing API key"],
  ["two tokens", ["Bearer KEY KEY"], "invalid"],
  ["two credentials in one field", ["Bearer KEY, Bearer KEY"], "invalid"],
  ["the field twice", ["Bearer KEY", "Bearer KEY"], "invalid"],
  ["the field twice, one of them empty", ["", "Bearer KEY"], "invalid"],
  ["the field twice, of two schemes", ["Basic KEY", "Bearer KEY"], "invalid"],
  ["5,000 characters", [`Bearer ${"k".repeat(5_000)}`], "invalid"],
  ["1 MB", [`Bearer ${"k".repeat(MEGABYTE)}`], "invalid"],
  ["1 MB of spaces inside", [`Bearer a${" ".repeat(MEGABYTE)}b`], "invalid"],
];

const ACCEPTED = ["Bearer KEY", "bearer KEY", "BEARER KEY", "bEaReR KEY", "Bearer   KEY", " Bearer KEY "];

onEvery("bearers that are refused, and reach no key", async (t, adapter) => {
  const { ak } = newKeys();
  const { key } = await ak.create({ accountId: "acme" });
  const validate = t.mock.method(ak, "validate");
  const handle = () => ({ body: {} });
  const server = await serve(t, adapter, { ak, handle, maxHeaderSize: 3 * MEGABYTE });
  // A server that shows its handlers only the first of several fields is judged by that one.
  const isShown = ([, fields]) => fields.length < 2 || !adapter.showsFirstFieldOnly;
  for (const [name, fields, error] of REFUSED.filter(isShown)) {
    const headers = [
      "host",
      "127.0.0.1",
      ...fields.flatMap((field) => ["authorization", field.replaceAll("KEY", key)]),
    ];
    const answer = await send(server, { headers });
    assert.deepEqual([answer.status, answer.body], [401, { error }], name);
    const challenge = error === "invalid" ? 'Bearer error="invalid_token"' : "Bearer";
    assert.equal(answer.headers["www-authenticate"], challenge, name);
  }
  assert.equal(validate.mock.callCount(), 0);
});

onEvery("bearers that are read", async (t, adapter) => {
  const { ak } = newKeys();
  const { key } = await ak.create({ accountId: "acme" });
  const server = await serve(t, adapter, { ak, handle: () => ({ body: {} }) });
  for (const field of ACCEPTED) {
    const answer = await send(server, { headers: { authorization: field.replace("KEY", key) } });
    assert.equal(answer.status, 200, field);
  }
});

onEvery("the field twice: the second never lets in whom the first does not", async (t, adapter) => {
  const { ak } = newKeys();
  const { key } = await ak.create({ accountId: "acme" });
  const server = await serve(t, adapter, { ak, handle: () => ({ body: {} }) });
  for (const first of ["", "Basic KEY", "Bearer ak_nobody"]) {
    const headers = ["host", "127.0.0.1", "authorization", first, "authorization", `Bearer ${key}`];
    assert.equal((await send(server, { headers })).status, 401, first);
  }
});

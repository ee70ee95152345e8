// Which credentials nobody is asked about.
import assert from "node:assert/strict";
import { test } from "node:test";
import { mayBe } from "../../npm/keyrail/dist/clerk/shape.js";

const LONGEST = 4_096;
const JWT = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJtY2hfMSJ9.c2ln";

/** A credential, then whether it is worth asking about as an API key and as an M2M token: by default, and strictly. */
const TABLE = [
  ["ak_1", { apiKey: "yes", m2m: "no" }],
  ["mt_1", { apiKey: "no", m2m: "yes" }],
  ["oat_1", { apiKey: "no", m2m: "no" }],
  ["tok", { apiKey: "loose", m2m: "loose" }],
  ["AK_1", { apiKey: "loose", m2m: "loose" }],
  ["ak", { apiKey: "loose", m2m: "loose" }],
  ["__proto__", { apiKey: "loose", m2m: "loose" }],
  ["ключ", { apiKey: "loose", m2m: "loose" }],
  [`ak_${"x".repeat(LONGEST - 3)}`, { apiKey: "yes", m2m: "no" }],
  [`ak_${"x".repeat(LONGEST - 2)}`, { apiKey: "no", m2m: "no" }],
  ["", { apiKey: "no", m2m: "no" }],
  [" ", { apiKey: "no", m2m: "no" }],
  ["ak_1 ", { apiKey: "no", m2m: "no" }],
  ["ak_\n1", { apiKey: "no", m2m: "no" }],
  ["ak_\u00a01", { apiKey: "no", m2m: "no" }],
  ["ak_\0", { apiKey: "no", m2m: "no" }],
  ["ak_\x7f", { apiKey: "no", m2m: "no" }],
  ["ak_\ud800", { apiKey: "no", m2m: "no" }],
  [JWT, { apiKey: "no", m2m: "no" }],
];

for (const [credential, wanted] of TABLE) {
  const shown = JSON.stringify(credential.slice(0, 40));
  for (const kind of ["apiKey", "m2m"]) {
    test(`${shown} (${credential.length}) as ${kind}: ${wanted[kind]}`, () => {
      const formats = ["opaque"];
      assert.equal(mayBe(credential, { kind, strictPrefix: false, formats }), wanted[kind] !== "no");
      assert.equal(mayBe(credential, { kind, strictPrefix: true, formats }), wanted[kind] === "yes");
    });
  }
}

const encoded = (text) => Buffer.from(text).toString("base64url");
const jwtOf = (header, payload) => `${encoded(header)}.${encoded(payload)}.c2ln`;

/** What has the form of a JWT, and whether it is worth asking about where JWTs are taken. */
const JWTS = [
  [JWT, true],
  [jwtOf('{ "alg": "RS256" }', '{\n"sub": "mch_1"}'), true],
  [jwtOf("null", '{"sub":"mch_1"}'), false],
  [jwtOf('{"alg":"RS256"}', "null"), false],
  [jwtOf("{}", '{"sub":"mch_1","näme":"日本"}'), true],
  [jwtOf("{}", '{"sub":"user_1"}'), false],
  [jwtOf("{}", '{"sub":["mch_1"]}'), false],
  [jwtOf("{}", '{"claims":{"sub":"mch_1"}}'), false],
  [jwtOf("{}", '{"sub":"mch_1","sub":"user_1"}'), false],
  [jwtOf('{"alg', '{"sub":"mch_1"}'), false],
  [jwtOf("{}", '{"sub":"mch_1"'), false],
  ["a.b.c", false],
  [`${JWT.slice(0, -4)}${"x".repeat(LONGEST)}`, false],
];

for (const [credential, isTaken] of JWTS) {
  test(`${credential.slice(0, 40)} where JWTs are taken: ${isTaken}`, () => {
    for (const formats of [["jwt"], ["opaque", "jwt"]]) {
      for (const strictPrefix of [false, true]) {
        assert.equal(mayBe(credential, { kind: "m2m", strictPrefix, formats }), isTaken);
      }
    }
    assert.equal(mayBe(credential, { kind: "m2m", strictPrefix: false, formats: ["opaque"] }), false);
  });
}

test("what has not the form of a JWT is opaque, and only taken as that", () => {
  for (const credential of ["mt_1", "a.b", "a.b.c.d", "..", "eyJ9..eyJ9", "e%.y.z"]) {
    assert.equal(mayBe(credential, { kind: "m2m", strictPrefix: false, formats: ["jwt"] }), false, credential);
    assert.equal(mayBe(credential, { kind: "m2m", strictPrefix: false, formats: ["opaque"] }), true, credential);
  }
});

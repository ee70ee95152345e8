// Clerk's settings from every place that a framework keeps them in, and from none where pages see them.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { createClerkClient } from "@clerk/backend";
import { loadClerkEnv } from "keyrail/clerk";
import { ClerkStub } from "./stub/index.mjs";

const ALL = {
  CLERK_SECRET_KEY: "sk_1",
  CLERK_MACHINE_SECRET_KEY: "ak_1",
  CLERK_JWT_KEY: "pem_1",
  CLERK_API_URL: "http://api",
  CLERK_PUBLISHABLE_KEY: "pk_1",
};
const ALL_READ = {
  secretKey: "sk_1",
  machineSecretKey: "ak_1",
  jwtKey: "pem_1",
  apiUrl: "http://api",
  publishableKey: "pk_1",
};
const prefixed = (prefix) => Object.fromEntries(Object.entries(ALL).map(([name, value]) => [prefix + name, value]));
const PUBLIC = ["NEXT_PUBLIC_", "NUXT_PUBLIC_", "VITE_", "PUBLIC_", "EXPO_PUBLIC_", "GATSBY_", "REACT_APP_"];

describe("where each framework keeps its settings", () => {
  const { CLERK_PUBLISHABLE_KEY: published, ...own } = ALL;
  const { publishableKey: _published, ...ownRead } = ALL_READ;
  const runtimeConfig = {
    app: { baseURL: "/" },
    clerk: { ...ownRead, webhookSigningSecret: undefined },
    public: { clerk: { publishableKey: published, apiUrl: undefined } },
  };
  for (const [framework, sources] of Object.entries({
    "Express, Fastify, Hono: process.env": [ALL],
    "Next.js": [{ ...own, NEXT_PUBLIC_CLERK_PUBLISHABLE_KEY: published }],
    "React Router, TanStack Start: process.env": [{ ...own, VITE_CLERK_PUBLISHABLE_KEY: published }],
    "React Router: the context of a Worker": [{ cloudflare: { env: ALL, ctx: {} } }],
    "Astro: import.meta.env": [{ ...own, PUBLIC_CLERK_PUBLISHABLE_KEY: published, MODE: "production", SSR: true }],
    "Hono's context": [{ env: ALL, req: {} }],
    "a Worker's bindings": [{ ...ALL, KV: { get() {} } }],
    "a Worker's bindings before process.env": [ALL, prefixed("NUXT_")],
    "Nuxt's environment": [{ ...prefixed("NUXT_"), NUXT_PUBLIC_CLERK_PUBLISHABLE_KEY: published }],
    "Nuxt's runtime configuration": [runtimeConfig],
    "Nuxt's older name of the address": [
      { ...own, CLERK_API_URL: "", NUXT_PUBLIC_CLERK_API_URL: "http://api", CLERK_PUBLISHABLE_KEY: published },
    ],
    "half here, half there": [own, { CLERK_PUBLISHABLE_KEY: published }],
  })) {
    test(framework, () => assert.deepEqual(loadClerkEnv(...sources), ALL_READ));
  }

  test("process.env, if nothing is named", () => {
    const before = { ...process.env };
    try {
      Object.assign(process.env, ALL);
      assert.deepEqual(loadClerkEnv(), ALL_READ);
    } finally {
      for (const name of Object.keys(ALL)) {
        if (before[name] === undefined) delete process.env[name];
        else process.env[name] = before[name];
      }
    }
  });
});

describe("which of several counts", () => {
  const secretKey = (...sources) => loadClerkEnv(...sources).secretKey;
  const publishableKey = (source) => loadClerkEnv(source).publishableKey;

  test("the first source that has it", () => {
    assert.equal(secretKey({ CLERK_SECRET_KEY: "a" }, { CLERK_SECRET_KEY: "b" }), "a");
    assert.equal(secretKey({}, { CLERK_SECRET_KEY: "b" }), "b");
    assert.equal(secretKey({ CLERK_SECRET_KEY: "a" }, { NUXT_CLERK_SECRET_KEY: "b" }), "a");
  });

  test("Nuxt's name before the plain one, as Nuxt itself has it", () => {
    assert.equal(secretKey({ CLERK_SECRET_KEY: "a", NUXT_CLERK_SECRET_KEY: "b" }), "b");
  });

  test("a public name before the plain one, for what is public", () => {
    assert.equal(publishableKey({ CLERK_PUBLISHABLE_KEY: "pk_a", VITE_CLERK_PUBLISHABLE_KEY: "pk_b" }), "pk_b");
  });

  for (const blank of ["", " ", "\t\n", undefined, null]) {
    test(`${JSON.stringify(blank)} is as good as missing`, () => {
      assert.equal(
        secretKey({ CLERK_SECRET_KEY: blank, NUXT_CLERK_SECRET_KEY: blank }, { CLERK_SECRET_KEY: "b" }),
        "b",
      );
      assert.deepEqual(loadClerkEnv({ CLERK_SECRET_KEY: blank, VITE_CLERK_SECRET_KEY: blank }), {});
    });
  }

  test("white space around a value is none of it, and a public key may be on one line", () => {
    assert.deepEqual(loadClerkEnv({ CLERK_SECRET_KEY: " sk_1\n", CLERK_JWT_KEY: "-----B\\nX\\n-----E" }), {
      secretKey: "sk_1",
      jwtKey: "-----B\nX\n-----E",
    });
  });

  test("a source that is none, or a value that is no text, is an error", () => {
    for (const source of [null, undefined, "CLERK_SECRET_KEY=x", 7]) {
      assert.throws(() => loadClerkEnv(source), { code: "invalid_env" });
    }
    for (const value of [7, true, {}, { get: async () => "sk_1" }, () => "sk_1"]) {
      assert.throws(() => loadClerkEnv({ CLERK_SECRET_KEY: value }), { code: "invalid_env" });
    }
  });
});

describe("a secret that pages would see is refused", () => {
  for (const prefix of PUBLIC) {
    for (const name of ["CLERK_SECRET_KEY", "CLERK_MACHINE_SECRET_KEY"]) {
      test(`${prefix}${name}`, () => {
        const read = () => loadClerkEnv({ ...ALL, [prefix + name]: "its_value" });
        assert.throws(read, (error) => {
          assert.equal(error.code, "secret_exposed");
          assert.ok(error.message.includes(`${prefix}${name}`) && !error.message.includes("its_value"), error.message);
          return true;
        });
      });
    }
    test(`a secret key as ${prefix}CLERK_PUBLISHABLE_KEY`, () => {
      const source = { [`${prefix}CLERK_PUBLISHABLE_KEY`]: "sk_live_x" };
      assert.throws(() => loadClerkEnv(source), { code: "secret_exposed" });
    });
  }

  test("also in a later source, and in Nuxt's public configuration", () => {
    assert.throws(() => loadClerkEnv(ALL, { VITE_CLERK_SECRET_KEY: "x" }), { code: "secret_exposed" });
    for (const member of ["secretKey", "machineSecretKey"]) {
      const source = { clerk: {}, public: { clerk: { [member]: "x" } } };
      assert.throws(() => loadClerkEnv(source), { code: "secret_exposed" });
    }
  });

  for (const [what, source, wanted] of [
    ["a secret", ALL, "secret_exposed"],
    ["what is public", { VITE_CLERK_PUBLISHABLE_KEY: "pk_1" }, "fine"],
  ]) {
    test(`in a page ${what} is ${wanted}`, () => {
      const program = `
        globalThis.window = globalThis;
        globalThis.document = {};
        const { loadClerkEnv } = await import("keyrail/clerk");
        try { loadClerkEnv(${JSON.stringify(source)}); process.stdout.write("fine"); }
        catch (error) { process.stdout.write(error.code); }
      `;
      const options = { cwd: fileURLToPath(new URL("..", import.meta.url)), encoding: "utf8" };
      const { stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "--eval", program], options);
      assert.deepEqual([stdout, stderr], [wanted, ""]);
    });
  }
});

test("what is read makes a client of the real SDK", async () => {
  const stub = await ClerkStub.start();
  try {
    const clerk = createClerkClient({ ...loadClerkEnv(stub.env), telemetry: { disabled: true } });
    assert.equal((await clerk.m2m.verify({ token: stub.addToken().token })).subject, stub.machineId);
    assert.equal(stub.requests[0].authorizedBy, "machine");
    assert.equal((await clerk.apiKeys.verify(stub.addApiKey({ subject: "user_1" }).secret)).subject, "user_1");
    const jwt = stub.addToken({ format: "jwt" }).token;
    assert.equal((await clerk.m2m.verify({ token: jwt })).subject, stub.machineId);
    assert.equal(stub.askedFor("/v1/jwks").length, 0, "the public key is enough");
  } finally {
    await stub.stop();
  }
});

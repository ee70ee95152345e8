// `keyrail/fetch` on the own servers of Bun and Deno: how each sends, drops and breaks off a body decides when
// money is settled.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { begin, send, until } from "../http/client.mjs";

const here = fileURLToPath(new URL(".", import.meta.url));
const SERVERS = {
  Bun: ["bun/bin/bun.exe", []],
  Deno: ["deno/deno", ["run", "--no-lock", "--cached-only", "--allow-read", "--allow-net=127.0.0.1"]],
};

/** Starts the server as a process of its own; it ends with the test. */
async function start(t, [program, flags]) {
  const cache = mkdtempSync(join(tmpdir(), "keyrail-handler-"));
  const { KEYRAIL_ENGINE: _engine, NODE_OPTIONS: _options, ...env } = process.env;
  const server = spawn(join(here, "node_modules", program), [...flags, join(here, "handler-server.mjs")], {
    cwd: here,
    env: { ...env, DENO_DIR: cache, DENO_NO_UPDATE_CHECK: "1" },
    stdio: ["ignore", "pipe", "ignore"],
  });
  t.after(async () => {
    server.kill("SIGKILL");
    if (server.exitCode === null && server.signalCode === null) await once(server, "exit");
    rmSync(cache, { recursive: true, force: true });
  });
  const [line] = await Promise.race([
    once(server.stdout.setEncoding("utf8"), "data"),
    once(server, "exit").then(([code]) => assert.fail(`the server ended with ${code}`)),
  ]);
  return JSON.parse(line);
}

/** Begins to receive an answer, and minds no end that it may have. */
async function open(server, request) {
  const outgoing = begin(server, request);
  outgoing.on("error", () => {});
  const [incoming] = await once(outgoing, "response");
  return incoming.on("error", () => {});
}

for (const [name, program] of Object.entries(SERVERS)) {
  test(`a guarded handler on ${name}`, { timeout: 60_000 }, async (t) => {
    const { port, key } = await start(t, program);
    const server = { port };
    const budget = async () => (await send(server, { path: "/budget" })).body;
    let used = 0;
    let held = 0;
    const untilBudget = async ({ settled = 0, kept = 0 }, what) => {
      used += settled;
      held += kept;
      // What is done to a hold by mistake is done soon.
      await sleep(50);
      await until(async () => {
        const { usedCents, heldCents } = await budget();
        return usedCents === used && heldCents === held;
      }, `${what}: ${used} used, ${held} held`);
    };

    for (const [method, path, status, settled] of [
      ["GET", "/json", 200, 10],
      ["HEAD", "/json", 200, 10],
      ["GET", "/empty", 204, 10],
      ["GET", "/redirect", 302, 10],
      ["GET", "/stream", 200, 10],
      ["HEAD", "/stream", 200, 10],
      ["GET", "/fault", 503, 0],
      ["GET", "/throw", 500, 0],
    ]) {
      const answer = await send(server, { method, path, key });
      assert.equal(answer.status, status, `${method} ${path}`);
      if (path !== "/throw") assert.match(answer.headers.ratelimit, /^"budget";r=\d+$/, `${method} ${path}`);
      if (method === "GET" && path === "/stream") assert.equal(answer.body, "part ".repeat(20));
      await untilBudget({ settled }, `${method} ${path}`);
    }

    const broken = await open(server, { path: "/broken", key });
    broken.resume();
    await new Promise((resolve) => broken.once("close", resolve));
    assert.equal(broken.complete, false, "the client can tell");
    await untilBudget({ kept: 10 }, "a body that breaks off");

    const left = await open(server, { path: "/stream", key });
    await once(left, "data");
    left.destroy();
    await untilBudget({ kept: 10 }, "a client that leaves");
    await sleep(600);
    await untilBudget({}, "a client that left");

    const anonymous = await send(server, { path: "/json" });
    assert.deepEqual([anonymous.status, anonymous.body], [401, { error: "Missing API key" }]);
  });
}

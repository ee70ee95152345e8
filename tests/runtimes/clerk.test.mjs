// Clerk's real SDK under one story in every framework, on Node and in workerd: each answers as it must, and all
// answer with the same bytes.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { ClerkStub } from "../clerk/stub/index.mjs";
import { Answers } from "./answers.mjs";
import { clerkStory } from "./clerk-story.mjs";
import { packagedNode, runningNode } from "./command-line.mjs";
import { firstDifference } from "./compare.mjs";
import { Names } from "./names.mjs";
import { START } from "./story.mjs";
import { startWorker } from "./workerd.mjs";

const nodes = [runningNode, packagedNode("24")];
const SERVER = fileURLToPath(new URL("clerk-server.mjs", import.meta.url));

/** An app as a program of a Node's. */
const onNode = (node, framework) => ({
  title: `${framework} on ${node.title}`,
  missing: node.missing,
  async start(t, settings) {
    const { KEYRAIL_ENGINE: _engine, NODE_OPTIONS: _options, ...env } = process.env;
    const app = spawn(node.program(), [SERVER, framework, JSON.stringify(settings)], {
      env,
      stdio: ["ignore", "pipe", "inherit"],
    });
    t.after(() => app.kill("SIGKILL"));
    const [line] = await once(app.stdout.setEncoding("utf8"), "data");
    const { port, version } = JSON.parse(line);
    assert.equal(version.split(".")[0], node.title.split(" ")[1]);
    return port;
  },
});

const inWorkerd = (framework) => ({
  title: `${framework} in workerd`,
  async start(t, settings) {
    const bindings = { SETTINGS: settings, FRAMEWORK: framework };
    const worker = await startWorker("./worker-clerk.mjs", { bindings });
    t.after(() => worker.dispose());
    return Number((await worker.ready).port);
  },
});

const ofWeb = ["hono", "fetch", "next"];
const runners = [
  ...nodes.flatMap((node) => ["express", "fastify", ...ofWeb].map((framework) => onNode(node, framework))),
  ...ofWeb.map(inWorkerd),
];
const answered = new Map();

for (const { title, missing, start } of runners) {
  test(`Clerk's credentials: ${title}`, { skip: missing ?? false, timeout: 120_000 }, async (t) => {
    const clock = { now: START };
    const stub = await ClerkStub.start({ now: () => clock.now });
    t.after(() => stub.stop());
    const stranger = stub.addMachine({ name: "stranger" });
    const settings = { secretKey: stub.secretKey, apiUrl: stub.url, machines: [stub.machineId], now: clock.now };
    const answers = new Answers();
    await clerkStory(answers, new Names(), { port: await start(t, settings), stub, stranger, clock });
    assert.deepEqual(
      answers.checks.filter(({ ok }) => ok !== true),
      [],
    );
    assert.ok(answers.checks.length > 100, `only ${answers.checks.length} checks`);
    answered.set(title, answers);
  });
}

test("Clerk's credentials: every app has answered, and with the same bytes", () => {
  const wanted = runners.filter(({ missing }) => missing === undefined).map(({ title }) => title);
  assert.deepEqual([...answered.keys()], wanted, "apps without an answer");
  const [[firstTitle, first], ...others] = answered;
  assert.ok(others.length > 0);
  for (const [title, other] of others) {
    assert.equal(firstDifference(first, other), undefined, `${firstTitle} against ${title}`);
  }
});

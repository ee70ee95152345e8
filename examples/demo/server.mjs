// The app as a process of its own, on a file: `node server.mjs <file> <workMs> <ttl>`. Prints its port.
import { AgentKey } from "keyrail";
import { sqlite } from "keyrail/stores/sqlite";
import { startApp } from "./app.mjs";

const [path, workMs, ttl] = process.argv.slice(2);
const app = await startApp(new AgentKey({ store: sqlite(path) }), { workMs: Number(workMs), ttl: Number(ttl) });
console.log(app.port);

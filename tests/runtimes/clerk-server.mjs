// One app of the story as a program of Node's: `clerk-server.mjs express|hono <settings as JSON>`.
import { createServer } from "node:http";
import { serve } from "@hono/node-server";
import * as keyrail from "keyrail";
import { expressApp } from "./clerk-express.mjs";
import { honoApp } from "./clerk-hono.mjs";
import { clerkWorld } from "./clerk-routes.mjs";

const [framework, settings] = process.argv.slice(2);
const world = clerkWorld(keyrail, JSON.parse(settings));
const announce = (port) => console.log(JSON.stringify({ port, version: process.versions.node }));

if (framework === "express") {
  const server = createServer(expressApp(world));
  server.listen(0, "127.0.0.1", () => announce(server.address().port));
} else {
  serve({ fetch: honoApp(world).fetch, hostname: "127.0.0.1", port: 0 }, ({ port }) => announce(port));
}

// One app of the story as a program of Node's: `clerk-server.mjs <framework> <settings as JSON>`.
import { createServer } from "node:http";
import { serve } from "@hono/node-server";
import express from "express5";
import fastify from "fastify";
import * as keyrail from "keyrail";
import { clerkAgentKeyMiddleware, clerkApiKeyMiddleware } from "keyrail/clerk";
import * as forFastify from "keyrail/fastify";
import { clerkWorld, told } from "./clerk-routes.mjs";
import { WEB_APPS } from "./clerk-web.mjs";

const expressServer = ({ guarded, control }) => {
  const app = express();
  app.use(express.json());
  for (const { path, door, options } of guarded) {
    const guard = door === "apiKey" ? clerkApiKeyMiddleware(options) : clerkAgentKeyMiddleware(options);
    app.post(path, guard, async (req, res) => res.json(await told(req)));
  }
  app.post("/control", async (req, res) => res.json(await control(req.body)));
  return createServer(app);
};

const fastifyServer = async ({ guarded, control }) => {
  const app = fastify();
  for (const { path, door, options } of guarded) {
    const preHandler = door === "apiKey" ? forFastify.clerkApiKey(options) : forFastify.clerkM2M(options);
    app.post(path, { preHandler }, (request) => told(request));
  }
  app.post("/control", (request) => control(request.body));
  await app.ready();
  return app.server;
};

const NODE_SERVERS = { express: expressServer, fastify: fastifyServer };

const [framework, settings] = process.argv.slice(2);
const world = clerkWorld(keyrail, JSON.parse(settings));
const announce = (port) => console.log(JSON.stringify({ port, version: process.versions.node }));

if (framework in WEB_APPS) {
  const fetch = WEB_APPS[framework](world);
  serve({ fetch, hostname: "127.0.0.1", port: 0 }, ({ port }) => announce(port));
} else {
  const server = await NODE_SERVERS[framework](world);
  server.listen(0, "127.0.0.1", () => announce(server.address().port));
}

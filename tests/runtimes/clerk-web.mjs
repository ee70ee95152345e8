// The routes of the story in frameworks of web requests: each app takes a request and gives an answer.
import { Hono } from "hono";
import { withClerkApiKey, withClerkM2M } from "keyrail/fetch";
import * as forHono from "keyrail/hono";
import * as forNext from "keyrail/next";
import { told } from "./clerk-routes.mjs";

const answer = async (_request, known) => Response.json(await told(known));

/** An app of guarded handlers, each found by its path. */
const appOf = (handlers, control) => async (request, env, context) => {
  const { pathname } = new URL(request.url);
  if (pathname === "/control") return Response.json(await control(await request.json()));
  return handlers.get(pathname)(request, env, context);
};

const honoApp = ({ guarded, control }) => {
  const app = new Hono();
  for (const { path, door, options } of guarded) {
    const guard = door === "apiKey" ? forHono.clerkApiKey(options) : forHono.clerkM2M(options);
    app.post(path, guard, async (c) => c.json(await told(c.var)));
  }
  app.post("/control", async (c) => c.json(await control(await c.req.json())));
  return (request, env, context) => app.fetch(request, env, context);
};

const fetchApp = ({ guarded, control }) => {
  const handler = ({ door, options }) => (door === "apiKey" ? withClerkApiKey : withClerkM2M)(answer, options);
  return appOf(new Map(guarded.map((route) => [route.path, handler(route)])), control);
};

/** Route handlers as Next calls them. */
const nextApp = ({ guarded, control }) => {
  const handler = ({ door, options }) => {
    const guard = door === "apiKey" ? forNext.clerkApiKey(options) : forNext.clerkM2M(options);
    const route = guard(answer);
    return (request) => route(request, { params: Promise.resolve({}) });
  };
  return appOf(new Map(guarded.map((route) => [route.path, handler(route)])), control);
};

/** How an app is made of a world, by the name of its framework. */
export const WEB_APPS = { hono: honoApp, fetch: fetchApp, next: nextApp };

// The routes of the story on Hono.
import { Hono } from "hono";
import { clerkApiKey, clerkM2M } from "keyrail/hono";
import { told } from "./clerk-routes.mjs";

/** A Hono app of a world. */
export function honoApp({ guarded, control }) {
  const app = new Hono();
  for (const { path, door, options } of guarded) {
    const guard = door === "apiKey" ? clerkApiKey(options) : clerkM2M(options);
    app.post(path, guard, async (c) => c.json(await told(c.var)));
  }
  app.post("/control", async (c) => c.json(await control(await c.req.json())));
  return app;
}

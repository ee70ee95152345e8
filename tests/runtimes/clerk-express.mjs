// The routes of the story on Express.
import express from "express5";
import { clerkAgentKeyMiddleware, clerkApiKeyMiddleware } from "keyrail/clerk";
import { told } from "./clerk-routes.mjs";

/** An Express app of a world. */
export function expressApp({ guarded, control }) {
  const app = express();
  app.use(express.json());
  for (const { path, door, options } of guarded) {
    const guard = door === "apiKey" ? clerkApiKeyMiddleware(options) : clerkAgentKeyMiddleware(options);
    app.post(path, guard, async (req, res) => res.json(await told(req)));
  }
  app.post("/control", async (req, res) => res.json(await control(req.body)));
  return app;
}

// The app of the story as a Worker.
import * as keyrail from "keyrail";
import { honoApp } from "./clerk-hono.mjs";
import { clerkWorld } from "./clerk-routes.mjs";

let app;

export default {
  fetch(request, env, ctx) {
    app ??= honoApp(clerkWorld(keyrail, env.SETTINGS));
    return app.fetch(request, env, ctx);
  },
};

// An app of the story as a Worker: of the framework that is bound to it.
import * as keyrail from "keyrail";
import { clerkWorld } from "./clerk-routes.mjs";
import { WEB_APPS } from "./clerk-web.mjs";

let app;

export default {
  fetch(request, env, context) {
    app ??= WEB_APPS[env.FRAMEWORK](clerkWorld(keyrail, env.SETTINGS));
    return app(request, env, context);
  },
};

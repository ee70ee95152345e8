/** Keyrail for Express 4 and 5. */

export type { GuardedKeys, RequestHold } from "../guard/index.js";
export { type AgentKeyMiddlewareOptions, agentKeyMiddleware, type Guard } from "./middleware.js";
export { type AgentKeyRouteOptions, createAgentKeyRoutes, type RoutedKeys } from "./routes.js";

/** Keyrail for Express 4 and 5, and the keys themselves: who comes from agentkey changes one import. */

export { AgentKey } from "../agent-key/agent-key.js";
export type { GuardedKeys, RequestHold } from "../guard/index.js";
export type { Guard } from "./guard.js";
export { type AgentKeyMiddlewareOptions, agentKeyMiddleware } from "./middleware.js";
export { type AgentKeyRouteOptions, createAgentKeyRoutes, type RoutedKeys } from "./routes.js";

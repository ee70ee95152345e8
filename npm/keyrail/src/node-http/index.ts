/** What frameworks over Node's HTTP server share: credentials, connections, and the end of an answer. */
export { endWithAnswer, isOver } from "./answer.js";
export { authorizationOf } from "./authorization.js";

import { fileURLToPath } from "node:url";

// The folder that has the packages: Next would look for lock files further up.
const root = fileURLToPath(new URL("..", import.meta.url));

export default { outputFileTracingRoot: root, turbopack: { root } };

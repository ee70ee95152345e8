import { fileURLToPath } from "node:url";

// The folder that has the packages: Next would look for lock files further up.
const root = fileURLToPath(new URL("..", import.meta.url));

export default { distDir: process.env.SITE_BUILD, outputFileTracingRoot: root, turbopack: { root } };

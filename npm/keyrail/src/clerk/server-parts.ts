/** The parts of `keyrail/clerk` that hold machine secrets, as servers have them. */
export { loadClerkEnv } from "./env.js";
export { createM2M } from "./m2m.js";

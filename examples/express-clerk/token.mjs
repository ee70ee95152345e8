// Makes an M2M token to call /internal/digest with: for the machine whose CLERK_MACHINE_SECRET_KEY this is.
import { createClerkClient } from "@clerk/backend";
import { createM2M, loadClerkEnv } from "keyrail/clerk";

const m2m = createM2M({ clerkClient: createClerkClient(loadClerkEnv()) });
// A token with ten minutes left to live is given again: each new one is paid for.
const { token } = await m2m.create({ secondsUntilExpiration: 3_600, minRemainingTtlSeconds: 600 });
console.log(token);

// Clerk itself where CLERK_SECRET_KEY says whose; else the stub of its Backend API that this repository tests with.
import { createClerkClient } from "@clerk/backend";
import { loadClerkEnv } from "keyrail/clerk";

/**
 * The client, the machines that may call, and with the stub a key and a token to try with.
 *
 * One client for the whole program: it is what verified credentials are remembered by.
 */
export async function clerkOf(env) {
  const settings = loadClerkEnv(env);
  const machines = env.MACHINES ? env.MACHINES.split(",") : undefined;
  if (settings.secretKey) return { clerkClient: createClerkClient(settings), machines };

  const { ClerkStub } = await import("../../tests/clerk/stub/index.mjs");
  const stub = await ClerkStub.start();
  const clerkClient = createClerkClient({
    secretKey: stub.secretKey,
    apiUrl: stub.url,
    telemetry: { disabled: true },
  });
  const { secret } = stub.addApiKey({ subject: "user_ann", claims: { org: "org_acme" } });
  const { token } = stub.addToken();
  return { clerkClient, machines: [stub.machineId], stub, tryWith: { secret, token } };
}

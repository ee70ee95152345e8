// The real SDK, pointed at a stub.
import { createClerkClient } from "@clerk/backend";

/** A client with the instance's key, or with what `keys` say instead. */
export const clientOf = (stub, keys = { secretKey: stub.secretKey }) =>
  createClerkClient({ apiUrl: stub.url, telemetry: { disabled: true }, ...keys });

/** A client that has a machine's key only. */
export const machineClientOf = (stub, machineSecretKey = stub.machineSecretKey) => clientOf(stub, { machineSecretKey });

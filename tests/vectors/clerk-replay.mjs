// Recorded cases of agentkey-clerk, asked of a real Express app with a plain client in Clerk's place.
import { AgentKey } from "keyrail";
import { clerkAgentKeyMiddleware, clerkApiKeyMiddleware } from "keyrail/clerk";
import { decode } from "./cases.mjs";
import { ask } from "./http-replay.mjs";

/** What one kind of credential is called. */
const kinds = {
  m2m: {
    guard: clerkAgentKeyMiddleware,
    clientOf: (verify) => ({ m2m: { verify } }),
    verifiedIn: (req) => req.m2m,
  },
  apiKey: {
    guard: clerkApiKeyMiddleware,
    clientOf: (verify) => ({ apiKeys: { verify } }),
    verifiedIn: (req) => req.clerkApiKey,
  },
};

/** What a recorded function does: throws, or gives the value. */
const givenOrThrown = (value) => {
  if (value?.$throws !== undefined) throw new Error(value.$throws);
  return value;
};

/** The subjects whose rows a case may leave: that of its credential, that credential itself, and none. */
const SUBJECTS = ["sub_1", "v_1", ""];

/** A case of `clerk_middleware`: the answer, what Clerk was asked, and the rows that are left by their subjects. */
export const replayClerk = async (express, recordedInput, place) => {
  const input = decode(recordedInput);
  let now = Date.parse(input.now);
  const ak = new AgentKey({ ...place.options, costRounding: "cent", clock: () => now });
  await arrange(ak, input.existingSubjectRow, place);
  now = Date.parse(input.requestAt);

  const { guard, clientOf, verifiedIn } = kinds[input.kind];
  const verifyCalls = [];
  const verify = async (asked) => {
    verifyCalls.push(asked);
    return givenOrThrown(input.verified);
  };
  const options = {
    clerkClient: clientOf(verify),
    ak,
    scope: input.scope,
    ...(input.defaults !== null && { defaults: input.defaults }),
    ...(input.onFirstSeen !== null && { onFirstSeen: () => givenOrThrown(input.onFirstSeen) }),
  };
  let handlerRan = false;
  const mount = (app) =>
    app.get("/", guard(options), (req, res) => {
      handlerRan = true;
      const { id: _id, ...agentKey } = req.agentKey;
      res.json({ verified: verifiedIn(req), agentKey });
    });
  const isSent = typeof input.authorization === "string";
  const headers = isSent ? { authorization: input.authorization } : {};
  const { status, body } = await ask(express, mount, { headers });
  await ak.close();

  const rows = new Map();
  for (const subject of SUBJECTS) rows.set(`subject:${subject}`, await place.columns({ subject }));
  return { status, body, handlerRan, verifyCalls, rows };
};

async function arrange(ak, existing, place) {
  if (existing === null) return;
  const { subject, options, thenTrackCents, thenRevoked } = existing;
  await ak.ensureSubject(subject, options);
  if (thenTrackCents > 0) await ak.trackUsageBySubject(subject, { costCents: thenTrackCents });
  if (thenRevoked) await ak.revoke((await place.row({ subject })).id);
}

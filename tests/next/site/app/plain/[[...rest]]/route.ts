// Handlers that name no types: they must suit what Next expects of this route as well.
import { AgentKey, memory } from "keyrail";
import { agentKey } from "keyrail/next";

const ak = new AgentKey({ store: memory() });

export const GET = agentKey(ak)(async (_request, { params, agentKey }) =>
  Response.json({ rest: (await params).rest, account: agentKey.accountId }),
);

export const POST = agentKey(ak, { reserve: 5 })(async (request, { agentKeyHold }) => {
  await agentKeyHold.settle(1);
  return new Response(request.body);
});

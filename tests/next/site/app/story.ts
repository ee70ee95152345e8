// Routes whose answers are asked for by name, over a key store of the bundle that they are in.
import { AgentKey, engine } from "keyrail";
import { type AdmittedWithHold, agentKey } from "keyrail/next";
import { memory } from "keyrail/stores/memory";
import { notFound, redirect } from "next/navigation";
import { after, type NextRequest, NextResponse } from "next/server";

const PARTS = 20;
const encoder = new TextEncoder();
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Twenty parts, or two and then a fault. */
function parts(isBroken: boolean): ReadableStream<Uint8Array> {
  let sent = 0;
  return new ReadableStream({
    async pull(controller) {
      await sleep(20);
      if (isBroken && sent === 2) return controller.error(new Error("the model went away"));
      controller.enqueue(encoder.encode("part "));
      sent += 1;
      if (sent === PARTS) controller.close();
    },
  });
}

type Answer = (request: NextRequest, known: AdmittedWithHold) => Response | Promise<Response>;

const ANSWERS: Readonly<Record<string, Answer>> = {
  json: ({ nextUrl }, { agentKey }) => Response.json({ account: agentKey.accountId, asked: nextUrl.search }),
  body: async (request) => Response.json(await request.json()),
  settled: async (_request, { agentKeyHold }) => {
    const { success } = await agentKeyHold.settle(4);
    return NextResponse.json({ success });
  },
  behind: (_request, { agentKeyHold }) => {
    after(async () => void (await agentKeyHold.settle(4)));
    return new Response(null, { status: 503 });
  },
  cookie: () => {
    const answer = NextResponse.json({});
    answer.cookies.set("a", "1");
    return answer;
  },
  empty: () => new Response(null, { status: 204 }),
  moved: ({ nextUrl }) => NextResponse.redirect(new URL("/elsewhere", nextUrl)),
  redirect: () => redirect("/elsewhere"),
  missing: () => notFound(),
  fault: () => new Response("out of order", { status: 503 }),
  throw: () => {
    throw new Error("broken");
  },
  nothing: () => undefined as unknown as Response,
  stream: () => new Response(parts(false)),
  broken: () => new Response(parts(true)),
};

/** The routes of one bundle: a guarded one, and two that make a key and tell its figures. */
export function story() {
  const ak = new AgentKey({ store: memory() });
  return {
    guarded: agentKey(ak, {
      reserve: ({ nextUrl }: NextRequest) => Number(nextUrl.searchParams.get("cents") ?? 10),
      headers: true,
    })(async (request, { params, ...known }: { params: Promise<{ what: string }> } & AdmittedWithHold) => {
      const { what } = await params;
      const answer = ANSWERS[what];
      return answer === undefined ? Response.json({ unknown: what }, { status: 404 }) : answer(request, known);
    }),
    async make() {
      const { key } = await ak.create({ accountId: "acme", budgetCents: 1_000 });
      return Response.json({ key, engine });
    },
    async figures(request: Request) {
      const key = request.headers.get("x-key") ?? "";
      const [{ usedCents, heldCents }] = await ak.budgets({ key });
      return Response.json({ usedCents, heldCents });
    },
  };
}

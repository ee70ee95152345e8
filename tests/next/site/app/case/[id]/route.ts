// Hands a request to the case of the shared suite that waits for it in the same process.
type Case = (request: Request, context: RouteContext<"/case/[id]">) => Promise<Response>;

const answer: Case = async (request, context) => {
  const { cases } = globalThis as unknown as { cases: ReadonlyMap<string, Case> };
  const found = cases.get((await context.params).id);
  return found === undefined ? new Response("no such case", { status: 404 }) : found(request, context);
};

export { answer as GET, answer as POST };

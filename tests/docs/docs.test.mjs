// Every block of TypeScript in the documents compiles against the built package, the real SDK of Clerk and the real
// types of Express, Fastify, Hono, React Router, TanStack Start and h3. Astro's come with 95 MB of its own, so of
// them there is only what an endpoint is given.
import assert from "node:assert/strict";
import { test } from "node:test";
import { MOVED } from "../e2e/moved-clerk-app.mjs";
import { blocksOf } from "./blocks.mjs";
import { complaints } from "./compile.mjs";

/** What the first block of docs/clerk.md makes, for those after it. */
const PRELUDE = `
import type { ClerkClient } from "@clerk/backend";
import type { Express } from "express";
import type { AgentKey } from "keyrail";
import { clerkApiKeyMiddleware } from "keyrail/clerk";
declare const clerkClient: ClerkClient;
declare const ak: AgentKey;
declare const app: Express;
`;

/** What frameworks add by themselves: Astro's type, and the routes that TanStack's tool finds in files. */
const AMBIENT = `
declare module "astro" {
  export type APIRoute = (context: { readonly request: Request }) => Response | Promise<Response>;
}
`;
const ROUTES = `
import type { AnyRoute } from "@tanstack/react-router";
import "@tanstack/start-client-core";
declare module "@tanstack/react-router" {
  interface FileRoutesByPath {
    "/chat": { id: "/chat"; path: "/chat"; fullPath: "/chat"; preLoaderRoute: AnyRoute; parentRoute: AnyRoute };
  }
}
`;

const frameworks = () => {
  const files = blocksOf("docs/frameworks.md").map(({ file, text }, index) => [
    `frameworks/${file ?? `block-${index}.ts`}`,
    text,
  ]);
  return { ...Object.fromEntries(files), "frameworks/astro.d.ts": AMBIENT, "frameworks/routes.d.ts": ROUTES };
};

const clerk = () =>
  Object.fromEntries(
    blocksOf("docs/clerk.md").map(({ text }, index) => [
      `clerk/block-${index}.ts`,
      text.includes("{ AgentKey }") ? text : PRELUDE + text,
    ]),
  );

const MODEL = `
export const CENTS_PER_WORD: number;
export function answer(asked: { question?: string; words?: number }): Promise<{ text: string; words: number }>;
`;
const moved = () => ({ "moved/app.ts": MOVED, "moved/model.d.mts": MODEL });

const EXACT = { exactOptionalPropertyTypes: true };

for (const [name, files, least, strictness] of [
  ["docs/frameworks.md", frameworks, 12, EXACT],
  ["docs/clerk.md", clerk, 6, EXACT],
  // It hands Clerk's client a variable that may not be there, which Clerk's types take only when not that exact.
  ["the app of examples/express-clerk that came from agentkey-clerk", moved, 2, {}],
]) {
  test(`${name} compiles`, () => {
    const all = files();
    assert.ok(Object.keys(all).length >= least, `only ${Object.keys(all).length} files`);
    assert.deepEqual(complaints(all, strictness), []);
  });
}

test("a block that is wrong is found, with every framework", () => {
  const all = frameworks();
  const wrongs = [
    ["agentKeyHold?.settle(costCents)", "agentKeyHold?.settle(text)"],
    ["agentKeyHold.settle(costCents)", "agentKeyHold.settle(text)"],
    ['c.get("agentKeyHold").settle(costCents)', 'c.get("agentKeyHold").settle(text)'],
    ["}: ActionFunctionArgs) => chat(request)", "}: ActionFunctionArgs) => chat(request.url)"],
    ["=> chat(request)", "=> chat(request.url)"],
    ["=> chat(toWebRequest(event))", "=> chat(event)"],
  ];
  const wrong = (text) => wrongs.reduce((changed, [right, other]) => changed.replace(right, other), text);
  const changed = Object.fromEntries(Object.entries(all).map(([path, text]) => [path, wrong(text)]));
  const blocks = Object.keys(all).filter((path) => all[path] !== changed[path]);
  assert.equal(blocks.length, 9, "Express, Fastify, Hono, Next.js, chat.ts, and the four behind it");
  const found = complaints(changed);
  for (const path of blocks)
    assert.ok(
      found.some((line) => line.startsWith(`${path}:`)),
      path,
    );
});

// A race is fair only between equal answers: the baselines answer as the library does.
import assert from "node:assert/strict";
import { test } from "node:test";
import * as keyrail from "../../npm/keyrail/dist/index.js";
import * as plain from "./algebra.mjs";
import { chainOf, grantOf, spendRowsOf } from "./inputs.mjs";

const check = (table) => {
  for (const [name, call] of table) {
    test(name, () => assert.deepEqual(call(plain), call(keyrail)));
  }
};

const sizes = [1, 2, 3, 8].flatMap((nodes) => [1, 5, 8].map((scopes) => [nodes, scopes]));

check(
  sizes.flatMap(([nodes, scopes]) => {
    const chain = chainOf(nodes, scopes);
    const uneven = chain.map((node, level) => ({
      ...node,
      scopes: node.scopes.slice(level),
      ownCreditLimit: level % 2 === 0 ? null : node.ownCreditLimit,
    }));
    return [
      [`effectiveCaps, ${nodes} × ${scopes}`, (library) => library.effectiveCaps(chain)],
      [`effectiveCaps of uneven nodes, ${nodes} × ${scopes}`, (library) => library.effectiveCaps(uneven)],
      [`pooledHeadroom, ${nodes}`, (library) => library.pooledHeadroom(chain, spendRowsOf(chain, 100))],
      [`pooledHeadroom of uneven nodes, ${nodes}`, (library) => library.pooledHeadroom(uneven, spendRowsOf(chain, 50))],
    ];
  }),
);

const { parent, requested } = grantOf(5);
check([
  ["effectiveCaps of nothing", (library) => library.effectiveCaps([])],
  ["clampChildGrant", (library) => library.clampChildGrant(parent, requested)],
  ["clampChildGrant, bounds left out", (library) => library.clampChildGrant(parent, { scopes: requested.scopes })],
  ["inSubtree, below", (library) => library.inSubtree("a/b", "a/b/c")],
  ["inSubtree, itself", (library) => library.inSubtree("a/b", "a/b")],
  ["inSubtree, a longer name", (library) => library.inSubtree("a/b", "a/bc")],
  ["childPath", (library) => library.childPath("a/b", "c")],
  ["childPath of no parent", (library) => library.childPath(null, "c")],
]);

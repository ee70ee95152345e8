// The pure functions against plain JavaScript.
import * as plain from "./baselines/algebra.mjs";
import { chainOf, grantOf, spendRowsOf } from "./baselines/inputs.mjs";
import { shareOfCore } from "./core-share.mjs";
import { onEachEngine } from "./engines.mjs";
import { nsAtMost, Report, sameAnswer, speedAtLeast } from "./harness.mjs";
import { calls, callsOnFresh } from "./rounds.mjs";

const by = "plain JS";

/** Calls over grants: the same arguments in every call, then new ones for each. */
const grantCalls = [
  ...[1, 3, 8].flatMap((nodes) =>
    [5, 8].map((scopes) => ({
      name: `effectiveCaps, ${nodes} × ${scopes} scopes`,
      core: "effectiveCaps",
      call: (library, chain) => library.effectiveCaps(chain),
      makeInput: () => chainOf(nodes, scopes),
      grantsOf: (chain) =>
        chain.map((node) => ({
          bounds: [node.ownCreditLimit, node.ownRateSharePct, node.ownExpiresAt],
          scopes: node.scopes,
        })),
    })),
  ),
  ...[5, 8].map((scopes) => ({
    name: `clampChildGrant, ${scopes} scopes`,
    core: "clampChildGrant",
    call: (library, { parent, requested }) => library.clampChildGrant(parent, requested),
    makeInput: () => grantOf(scopes),
    grantsOf: ({ parent, requested }) =>
      [parent, requested].map((grant) => ({
        bounds: [grant.creditLimit, grant.rateLimitSharePct, grant.expiresAt],
        scopes: grant.scopes,
      })),
  })),
];

const grants = async (report, keyrail, flat) => {
  for (const { name, core, call, makeInput, grantsOf } of grantCalls) {
    const [ours, theirs] = [keyrail, plain].map((library) => (input) => call(library, input));
    const retained = makeInput();
    sameAnswer(name, ours(retained), theirs(retained));
    const why = shareOfCore(flat, core, grantsOf(retained));
    await report.versus(`${name}, retained strings`, {
      by,
      ours: calls(() => ours(retained)),
      theirs: calls(() => theirs(retained)),
      target: speedAtLeast(1),
      why,
    });
    await report.versus(`${name}, fresh strings`, {
      by,
      ours: callsOnFresh(makeInput, ours),
      theirs: callsOnFresh(makeInput, theirs),
      target: speedAtLeast(0.8),
      why,
    });
  }
};

/** A call with the same arguments, by both. */
const same = async (report, keyrail, name, call, judged) => {
  sameAnswer(name, call(keyrail), call(plain));
  await report.versus(name, { by, ours: calls(() => call(keyrail)), theirs: calls(() => call(plain)), ...judged });
};

const headroom = async (report, keyrail) => {
  const chain = chainOf(8, 5);
  for (const count of [1_000, 100_000]) {
    const rows = spendRowsOf(chain, count);
    const name = `pooledHeadroom, 8 nodes × ${count.toLocaleString("en")} rows`;
    await same(report, keyrail, name, (library) => library.pooledHeadroom(chain, rows), { gate: speedAtLeast(2) });
  }
};

const paths = async (report, keyrail) => {
  const target = nsAtMost(600);
  const why = "copying the code units of both paths into the memory of the core, one after another";
  for (const levels of [3, 8]) {
    const chain = chainOf(levels, 5);
    const [parent, leaf] = chain.slice(-2);
    const inSubtree = (library) => library.inSubtree(parent.path, leaf.path);
    await same(report, keyrail, `inSubtree, ${levels} levels`, inSubtree, { target, why });
    const childPath = (library) => library.childPath(parent.path, leaf.keyId);
    await same(report, keyrail, `childPath, ${levels} levels`, childPath, { target });
  }
};

await onEachEngine(import.meta.url, async (engine) => {
  const keyrail = await import("../npm/keyrail/dist/index.js");
  const { flat } = (await import("../npm/keyrail/dist/engine/node.js")).engine;
  const report = new Report(`the algebra, ${engine}`);
  await grants(report, keyrail, flat);
  await headroom(report, keyrail);
  await paths(report, keyrail);
});

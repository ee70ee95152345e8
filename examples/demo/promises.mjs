// What the figures must be. Pure, so that a test can give it figures that break a promise.

const cents = (amount) => `${amount.toLocaleString("en-US")} cents`;

/** A line of the table; it is kept when what was seen is what was promised. */
export const row = (what, seen, promised, note = "") => ({ what, seen, promised, note, isKept: seen === promised });

/** Every promise of the demo with the figures that it was measured by, scene by scene. */
export function promisesOf({ overspend, greedyChild, revokedMidFlight, abortedCalls, killedServer }) {
  const { asked, got, parent } = greedyChild;
  return [
    {
      title: `${overspend.calls} calls of 100 cents at once, below an organisation capped at 1,000 cents`,
      rows: [
        row("handlers that ran", overspend.ran, overspend.affordable),
        row("calls answered with 200", overspend.answered, overspend.affordable),
        row("cents charged", overspend.chargedCents, overspend.affordable * 100),
        row("cents of unpaid work", overspend.unpaidCents, 0),
        row("cents still held", overspend.heldCents, 0),
        row("refused with 429", overspend.refused, overspend.calls - overspend.affordable),
        row(
          "… each by a binding budget",
          overspend.refusedByOwn + overspend.refusedByAncestor,
          overspend.refused,
          `the agent's own ${overspend.refusedByOwn}, one above it ${overspend.refusedByAncestor}`,
        ),
      ],
    },
    {
      title: "a child that asks for more than its parent has",
      rows: [
        row("its cap", cents(got.budgetCents), cents(parent.budgetCents), `asked for ${cents(asked.budgetCents)}`),
        row("its scopes", got.scopes.join(), parent.scopes.join(), `asked for ${asked.scopes.join()}`),
        row("its expiry", got.expiresAt, parent.expiresAt, `asked for ${asked.expiresIn}`),
        row("clamped", [...got.clamped].sort().join(), "budgetCents,expiresAt,scopes"),
      ],
    },
    {
      title: "a key that is revoked while its work is under way",
      rows: [
        row("the work under way", revokedMidFlight.underWay, 200),
        row("its next call", revokedMidFlight.next, 401, revokedMidFlight.nextReason),
        row("a sibling's call", revokedMidFlight.sibling, 200),
        row("cents charged", revokedMidFlight.chargedCents, revokedMidFlight.workCents, "all work that was done"),
      ],
    },
    {
      title: "50 calls whose clients hang up",
      rows: [
        row("aborted", abortedCalls.aborted, 50),
        row("handlers that ran", abortedCalls.ran, abortedCalls.affordable, "as many as the cap pays for"),
        row("held while they may still bill", abortedCalls.heldDuringCents, abortedCalls.affordable * 100),
        row("a call meanwhile", abortedCalls.meanwhile, 429),
        row("held after their time", abortedCalls.heldAfterCents, 0),
        row("spent after their time", abortedCalls.spentAfterCents, 0),
        row("handlers that run then", abortedCalls.ranAgain, abortedCalls.affordable, "of 20 calls at once"),
        row("cents charged for them", abortedCalls.chargedCents, abortedCalls.paidAgain * 100),
        row("cents of unpaid work", abortedCalls.unpaidCents, 0),
      ],
    },
    {
      title: "a server that is killed (SIGKILL) under load and started again on its file",
      rows: [
        row("under load when it died", killedServer.wasUnderLoad, true, `${killedServer.cutOff} calls were cut off`),
        row("calls that it had answered", killedServer.settledOnce, killedServer.answered, "each settled once"),
        row("cents charged", killedServer.chargedCents, killedServer.settledCents, "as its ledger says"),
        row("held by the dead", killedServer.heldCents, killedServer.openCents, "until their time"),
        row("held after their time", killedServer.heldAfterCents, 0),
        row("handlers that run then", killedServer.ranAgain, killedServer.affordable, "all that is left"),
        row("cents charged in the end", killedServer.endCents, killedServer.capCents),
      ],
    },
  ];
}

/** The promises that did not hold, each in a line. */
export function brokenOf(scenes) {
  return scenes.flatMap(({ title, rows }) =>
    rows
      .filter(({ isKept }) => !isKept)
      .map(({ what, seen, promised }) => `${title}: ${what} is ${seen}, promised was ${promised}`),
  );
}

// What the figures must be. Pure, so that a test can give it figures that break a promise.
import { row } from "../promises.mjs";

/** The same amount at so many levels. */
const each = (levels, amount) => Array(levels).fill(amount).join();

/** Every promise about Clerk's credentials with the figures that it was measured by, scene by scene. */
export function clerkPromisesOf({ firstSeen, heldThenSettled, threeLevels, revoked, clerkDown, machines }) {
  const affordable = Math.floor(firstSeen.limitCents / firstSeen.answerCents);
  return [
    {
      title: `a key of Clerk's that nobody has seen, called ${firstSeen.calls} times at once`,
      rows: [
        row("budgets before", firstSeen.levelsBefore, 0),
        row("budgets now", firstSeen.levelsAfter, 3, "its organisation's, its user's, its own"),
        row("questions to Clerk", firstSeen.questions, 1),
        row("answered with 200", firstSeen.answered, affordable, `as many as ${firstSeen.limitCents} cents pay for`),
        row("refused with 429", firstSeen.refused, firstSeen.calls - affordable),
        row("cents charged", firstSeen.chargedCents, each(3, affordable * firstSeen.answerCents), "at each level"),
      ],
    },
    {
      title: "an answer that costs less than it may",
      rows: [
        row("the answer", heldThenSettled.answer, 200),
        row("cents held before it", heldThenSettled.heldDuringCents, each(3, heldThenSettled.mostCents)),
        row("cents charged after it", heldThenSettled.chargedCents, each(3, heldThenSettled.costCents)),
        row("cents still held", heldThenSettled.heldAfterCents, each(3, 0)),
      ],
    },
    {
      title: "10 cents a key, 15 a user, 20 for the organisation; an answer costs 5",
      rows: [
        row("a key's calls", threeLevels.key, 2),
        row("… bound by", threeLevels.keyBound, "its own"),
        row("calls of its user's second key", threeLevels.secondKey, 1),
        row("… bound by", threeLevels.secondBound, "one above it"),
        row("calls of another user's key", threeLevels.otherUser, 1),
        row("… bound by", threeLevels.otherBound, "one above it"),
        row("cents in all", threeLevels.spentCents, 20),
        row("told of the organisation's figures", threeLevels.figuresTold, false),
      ],
    },
    {
      title: "a key that is revoked in Clerk, with 2 s for what Clerk said",
      rows: [
        row("before", revoked.before, 200),
        row("at once after", revoked.within, 200, "for 2 s at most"),
        row("questions to Clerk", revoked.questions, 1),
        row("2 s after", revoked.after, 401, revoked.afterError),
        row("cents charged", revoked.chargedCents, revoked.paidCents, "all work that was done"),
      ],
    },
    {
      title: "a Clerk that is down: 429, 500, 503, reset, HTML, {}, half an answer, none",
      rows: [
        row("a key from before", clerkDown.before, 200),
        row("… within the 2 s", clerkDown.within, 200, "and charged"),
        row("answered with 503", clerkDown.down, clerkDown.calls, "also what was known, once it is too old"),
        row("answers given for nothing", clerkDown.text, 0),
        row("budgets of a key that nobody vouched for", clerkDown.rowsOfFresh, 0),
        row("cents of unpaid work", clerkDown.unpaidCents, 0),
        row("answered with 200 once it is back", clerkDown.healed, 2),
      ],
    },
    {
      title: "machines with M2M tokens",
      rows: [
        row("a machine that may call", machines.own, 200),
        row("cents charged", machines.chargedCents, each(1, machines.costCents), "on the machine's own budget"),
        row("a machine that may not", machines.strange, 401),
        row("a key at the machines' door, a token at the customers'", machines.crossed, 2, "401 both"),
        row("… questions to Clerk about them", machines.questions, 0),
      ],
    },
  ];
}

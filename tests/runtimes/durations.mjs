// Durations at fixed instants, beside the recorded ones.
import { outcomeOf } from "../vectors/pure-functions.mjs";

const NOW = Date.parse("2026-01-31T10:30:00.125Z");
const durations = ["30m", "24h", "7d", "1mo", "13mo", "0m", "", null, undefined, "1w", "7", "99999999999d", 7];

/** Asks when each duration ends. */
export const askDurations = (answers, keyrail) => {
  answers.expect("an hour ends an hour later", keyrail.expiryFromDuration("1h", NOW), new Date(NOW + 3_600_000));
  for (const [index, duration] of durations.entries()) {
    answers.note(
      `expiryFromDuration ${index}`,
      outcomeOf(() => keyrail.expiryFromDuration(duration, NOW)),
    );
  }
};

// The memory store obeys the contract like any other.
import { memory } from "keyrail/stores/memory";
import { laws } from "./laws.mjs";
import { listings } from "./listing.mjs";

laws(() => memory());
listings(() => memory());

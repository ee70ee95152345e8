// The memory store obeys the contract like any other.
import { memory } from "keyrail/stores/memory";
import { testStore } from "keyrail/testing";
import { subtests } from "../testing/subtests.mjs";

subtests("memory(), a fresh one each time", (options) => testStore(() => memory(), options));

const shared = memory();
subtests("memory(), one for all laws", (options) => testStore(() => shared, options));

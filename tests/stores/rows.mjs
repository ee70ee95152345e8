// The rows and commits of the shipped laws, for tests and benchmarks that ask a store more than the contract says.
export * from "../../npm/keyrail/dist/testing/store/rows.js";

// A Worker with code that requires the package; its tools bundle the whole as one ES module.
const keyrail = require("keyrail");
const keysModule = require("keyrail/keys");
const { suiteWorker } = require("./suite-worker.mjs");

module.exports = suiteWorker(keyrail, keysModule);

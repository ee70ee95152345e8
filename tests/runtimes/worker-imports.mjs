// A Worker that imports the package.
import * as keyrail from "keyrail";
import * as keysModule from "keyrail/keys";
import { suiteWorker } from "./suite-worker.mjs";

export default suiteWorker(keyrail, keysModule);

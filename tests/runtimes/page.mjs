// The page that the suite asks in a browser.
import * as keyrail from "keyrail";
import * as keysModule from "keyrail/keys";
import { runtimeSuite } from "./suite.mjs";

export const first = () => keyrail.hashKey("first call");

export const ask = async (cases) => {
  const { checks, results } = await runtimeSuite(keyrail, keysModule, cases);
  const name = /Chrome\//.test(navigator.userAgent) ? "chromium" : navigator.userAgent;
  return { name, engine: keyrail.engine, checks, results };
};

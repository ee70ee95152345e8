// The Worker that the suite asks; the package comes in as an argument.
import { runtimeSuite } from "./suite.mjs";

const name = () => (navigator.userAgent === "Cloudflare-Workers" ? "workerd" : navigator.userAgent);

export const suiteWorker = (keyrail, keysModule) => {
  const answer = async (request) => {
    const { checks, results } = await runtimeSuite(keyrail, keysModule, await request.json());
    return Response.json({ name: name(), engine: keyrail.engine, checks, results });
  };
  return { fetch: answer };
};

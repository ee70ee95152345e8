// A Worker that runs the suites of `keyrail/testing` on itself.
import { AgentKey, memory } from "keyrail";
import { testAuthority, testStore } from "keyrail/testing";

const suites = {
  "/store": () => testStore(() => memory()),
  "/authority": () => testAuthority(({ clock }) => new AgentKey({ store: memory(), clock })),
};

export default {
  async fetch(request) {
    return Response.json(await suites[new URL(request.url).pathname]());
  },
};

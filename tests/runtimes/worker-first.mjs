// A Worker that evaluates the package only when it is asked to, so that its time can be taken.
const routes = {
  "/nothing": () => null,
  "/first": async () => (await import("keyrail")).hashKey("first call"),
};

export default {
  async fetch(request) {
    return Response.json(await routes[new URL(request.url).pathname]());
  },
};

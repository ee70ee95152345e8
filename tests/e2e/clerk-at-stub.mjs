// Preloaded by programs that name no address for Clerk's Backend API: what they ask api.clerk.com goes to the stub.
const real = globalThis.fetch;
const { CLERK_STUB_URL } = process.env;

globalThis.fetch = (input, init) => {
  const { origin, pathname, search } = new URL(typeof input === "object" && "url" in input ? input.url : input);
  return real(origin === "https://api.clerk.com" ? CLERK_STUB_URL + pathname + search : input, init);
};

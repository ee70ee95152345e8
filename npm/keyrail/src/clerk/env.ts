/** Clerk's settings from the environment, under the names that each framework has for them. */
import { KeyrailError } from "../errors.js";

/** What `createClerkClient` takes from the environment; a setting that is not there is no member. */
export interface ClerkEnv {
  /** The instance's secret key. */
  secretKey?: string;
  /** The secret key of this machine, by which it makes and verifies tokens. */
  machineSecretKey?: string;
  /** The instance's public key as PEM, by which JWTs are verified without asking Clerk. */
  jwtKey?: string;
  /** Where the Backend API is; nothing means Clerk's own address. */
  apiUrl?: string;
  publishableKey?: string;
}

/**
 * Where settings are looked for: `process.env`, `import.meta.env`, a Worker's `env`, what React Router calls
 * `context`, or what Nuxt's `useRuntimeConfig(event)` gives.
 */
export type ClerkEnvSource = object;

/** How a framework marks what it puts into the pages that it serves. */
const PUBLIC_PREFIXES = ["NEXT_PUBLIC_", "NUXT_PUBLIC_", "VITE_", "PUBLIC_", "EXPO_PUBLIC_", "GATSBY_", "REACT_APP_"];

type Member = keyof ClerkEnv;

/** The settings with the names that they have everywhere. */
const NAMES: Readonly<Record<Member, string>> = {
  secretKey: "CLERK_SECRET_KEY",
  machineSecretKey: "CLERK_MACHINE_SECRET_KEY",
  jwtKey: "CLERK_JWT_KEY",
  apiUrl: "CLERK_API_URL",
  publishableKey: "CLERK_PUBLISHABLE_KEY",
};
const MEMBERS = Object.keys(NAMES) as Member[];
const SECRETS: readonly Member[] = ["secretKey", "machineSecretKey"];

const underPublicPrefixes = (name: string) => PUBLIC_PREFIXES.map((prefix) => prefix + name);

/** The names under which a setting may come, in the order in which they are tried. */
function namesOf(member: Member): readonly string[] {
  const name = NAMES[member];
  if (member === "publishableKey") return [...underPublicPrefixes(name), name];
  // Nuxt had the address of the API under a public name, and still takes it.
  return [`NUXT_${name}`, name, ...(member === "apiUrl" ? [`NUXT_PUBLIC_${name}`] : [])];
}

/**
 * Reads Clerk's settings. Of several sources the first that has a setting gives it, so their order is the
 * precedence of your framework: `loadClerkEnv(process.env)` on Node, `loadClerkEnv(env)` in a Worker,
 * `loadClerkEnv(env, process.env)` where both may have it, `loadClerkEnv(useRuntimeConfig(event))` in Nuxt.
 *
 * In one source Nuxt's `NUXT_CLERK_…` goes before `CLERK_…`, and the publishable key's public name before its
 * plain one. Blank values are missing ones, white space around a value is none of it, and `\n` in the public
 * key is a new line.
 *
 * @param sources without any it is `process.env`
 * @throws {KeyrailError} `secret_exposed`: a secret has a public name, or this is a page; `invalid_env`: a
 * value is no text
 * @example
 * ```ts
 * const clerkClient = createClerkClient(loadClerkEnv(process.env));
 * ```
 */
export function loadClerkEnv(...sources: readonly ClerkEnvSource[]): ClerkEnv {
  const all = sources.length > 0 ? sources : [processEnv()];
  for (const source of all) {
    if (typeof source !== "object" || source === null) {
      throw new KeyrailError("invalid_env", "a source of loadClerkEnv is no object; pass process.env or the like");
    }
  }
  const readers = all.flatMap(readersOf);
  for (const read of readers) refuseExposed(read);
  const env: ClerkEnv = {};
  for (const member of MEMBERS) {
    const value = firstOf(readers, namesOf(member));
    if (value !== undefined) env[member] = member === "jwtKey" ? value.replaceAll("\\n", "\n") : value;
  }
  if ((env.secretKey !== undefined || env.machineSecretKey !== undefined) && isPage()) {
    throw new KeyrailError("secret_exposed", "one of Clerk's secret keys is in a page; read it on the server only");
  }
  return env;
}

/** Looks up a name of the environment. */
type Reader = (name: string) => unknown;

/** A source may hold the settings itself, or hold what holds them. */
function readersOf(source: ClerkEnvSource): Reader[] {
  const { cloudflare, env, clerk, public: open } = source as Record<string, unknown>;
  const holders = [isObject(cloudflare) ? cloudflare["env"] : undefined, env, source].filter(isObject);
  const flat = holders.map(
    (holder): Reader =>
      (name) =>
        holder[name],
  );
  if (!isObject(clerk) || !isObject(open)) return flat;
  // Nuxt's runtime configuration: `NUXT_CLERK_SECRET_KEY` is `clerk.secretKey`, `NUXT_PUBLIC_…` is in `public`.
  const openClerk = isObject(open["clerk"]) ? open["clerk"] : {};
  const nuxt: Reader = (name) => {
    const member = MEMBERS.find((candidate) => name.endsWith(NAMES[candidate]));
    if (member === undefined) return undefined;
    if (name === `NUXT_PUBLIC_${NAMES[member]}`) return openClerk[member];
    return name === `NUXT_${NAMES[member]}` ? clerk[member] : undefined;
  };
  return [nuxt, ...flat];
}

function firstOf(readers: readonly Reader[], names: readonly string[]): string | undefined {
  for (const read of readers) {
    for (const name of names) {
      const value = textOf(read(name), name);
      if (value !== undefined) return value;
    }
  }
  return undefined;
}

/** Whatever has a public name is in every page that the framework builds. */
function refuseExposed(read: Reader): void {
  for (const member of SECRETS) {
    for (const name of underPublicPrefixes(NAMES[member])) if (isText(read(name))) throw exposed(name, NAMES[member]);
  }
  for (const name of underPublicPrefixes(NAMES.publishableKey)) {
    const value = read(name);
    if (isText(value) && value.trim().startsWith("sk_")) throw exposed(name, NAMES.secretKey);
  }
}

function exposed(name: string, instead: string): KeyrailError {
  const message = `${name} holds a secret and is public: pages are built with it; rotate it and name it ${instead}`;
  return new KeyrailError("secret_exposed", message);
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value.trim() !== "";
}

function textOf(value: unknown, name: string): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== "string") {
    throw new KeyrailError("invalid_env", `${name} is no text; a binding that has a get() is awaited first`);
  }
  return isText(value) ? value.trim() : undefined;
}

function processEnv(): ClerkEnvSource {
  return (globalThis as { process?: { env?: object } }).process?.env ?? {};
}

/** A page has both; a server has them only where tests play at being one. */
function isPage(): boolean {
  const { window, document } = globalThis as { window?: unknown; document?: unknown };
  return isObject(window) && isObject(document);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

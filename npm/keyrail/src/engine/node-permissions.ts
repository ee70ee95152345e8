/** What a runtime allows by itself. Deno asks a person for whatever it was not started with. */

/** Something that needs a permission: a variable of the environment, a file or folder, an addon. */
type Access =
  | { readonly name: "env"; readonly variable: string }
  | { readonly name: "read" | "ffi"; readonly path: string };

/** The part of Deno that is used here. */
interface Deno {
  readonly permissions: { querySync(access: Access): { readonly state: "granted" | "prompt" | "denied" } };
}

/** Whether an access neither fails nor asks anybody. Other runtimes than Deno ask nobody. */
export function isAllowed(access: Access): boolean {
  const { Deno } = globalThis as { Deno?: Deno };
  return Deno === undefined || Deno.permissions.querySync(access).state === "granted";
}

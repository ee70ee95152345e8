/** Hidden classes of the requests and answers of Express, by which V8 finds the members of an object. */

/** From this version on Node has a V8 that lets objects share hidden classes after their prototype was changed. */
const NODE_SHARING = 24;

/**
 * Lets a request or an answer use a hidden class that others have too.
 *
 * Express changes the prototype of each. After that the V8 of Node 20 and 22 makes new hidden classes for every single
 * one, whose members it then finds only by its slowest way: a quarter of what such a request takes. An object of which
 * a member was deleted keeps its members in a dictionary, and all such objects share a class. Nothing else is different
 * about it but that the member comes last; where V8 does better by itself it is left alone.
 *
 * @param member one of its own, which is deleted and put back
 * @example
 * ```ts
 * shareHiddenClass(req, "complete");
 * ```
 */
export const shareHiddenClass: (object: object, member: string) => void = isNodeBefore(NODE_SHARING)
  ? toDictionary
  : () => undefined;

function toDictionary(object: object, member: string): void {
  try {
    const own = Reflect.getOwnPropertyDescriptor(object, member);
    if (own === undefined || !Reflect.isExtensible(object)) return;
    if (Reflect.deleteProperty(object, member)) Reflect.defineProperty(object, member, own);
  } catch {
    // Only a stand-in that watches its members can throw. It is as good as it was.
  }
}

/** Bun and Deno say that they are some version of Node, but have engines of their own. */
function isNodeBefore(major: number): boolean {
  const versions: Readonly<Record<string, string | undefined>> = globalThis.process?.versions ?? {};
  if (versions.bun !== undefined || versions.deno !== undefined) return false;
  return Number.parseInt(versions.node ?? "", 10) < major;
}

/** What Next.js answers when a route handler throws one of Next's own signals. */

/**
 * The status of the answer that Next makes of what `redirect()`, `notFound()`, `forbidden()` and
 * `unauthorized()` throw; nothing where it was a fault.
 *
 * @example
 * ```ts
 * statusOfThrown({ digest: "NEXT_REDIRECT;replace;/elsewhere;307;" }); // 307
 * statusOfThrown(new Error("broken")); // undefined
 * ```
 */
export function statusOfThrown(thrown: unknown): number | undefined {
  const digest = (thrown as { readonly digest?: unknown } | null | undefined)?.digest;
  if (typeof digest !== "string") return undefined;
  const parts = digest.split(";");
  switch (parts[0]) {
    case "NEXT_REDIRECT":
      // An address may hold semicolons; the status is counted from the end.
      return statusFrom(parts.at(-2)) ?? 307;
    case "NEXT_HTTP_ERROR_FALLBACK":
      return statusFrom(parts[1]) ?? 404;
    case "NEXT_NOT_FOUND":
      return 404;
    default:
      return undefined;
  }
}

function statusFrom(text: string | undefined): number | undefined {
  const status = Number(text);
  return Number.isInteger(status) && status >= 300 && status <= 599 ? status : undefined;
}

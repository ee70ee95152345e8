// The progress line and the table.

const EVERY_MS = 100;

/** Shows how it goes while a promise is pending: one live line on a terminal, a last one elsewhere. */
export async function withProgress(line, pending) {
  const { stdout } = process;
  const show = () => stdout.write(`\r\x1b[2K  ${line()}`);
  const timer = stdout.isTTY ? setInterval(show, EVERY_MS) : undefined;
  try {
    return await pending;
  } finally {
    clearInterval(timer);
    if (stdout.isTTY) show();
    stdout.write(stdout.isTTY ? "\r\x1b[2K" : `  ${line()}\n`);
  }
}

/** The scenes as a table of text. */
export function tableOf(scenes) {
  const width = Math.max(...scenes.flatMap(({ rows }) => rows.map(({ what }) => what.length)));
  const seenWidth = Math.max(...scenes.flatMap(({ rows }) => rows.map(({ seen }) => String(seen).length)));
  const lines = scenes.flatMap(({ title, rows }) => [
    "",
    title,
    ...rows.map(({ what, seen, promised, note, isKept }) => {
      const verdict = isKept ? "kept" : `BROKEN, promised was ${promised}`;
      return `  ${what.padEnd(width)}  ${String(seen).padStart(seenWidth)}  ${verdict}${note ? `  (${note})` : ""}`;
    }),
  ]);
  return lines.join("\n");
}

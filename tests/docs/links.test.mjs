// Every link from a document of the repository to another place in it leads somewhere.
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const within = (folder) => readdirSync(join(ROOT, folder)).map((name) => `${folder}/${name}`);
const DOCUMENTS = [
  "README.md",
  "ARCHITECTURE.md",
  "CONTRIBUTING.md",
  ...within("docs").filter((path) => path.endsWith(".md")),
  ...within("examples").flatMap((folder) =>
    existsSync(join(ROOT, folder, "README.md")) ? [`${folder}/README.md`] : [],
  ),
];

/** The links of a text that name no other site and no place of their own page. */
const linksIn = (text) => [...text.matchAll(/\]\(([^)#:\s]+)(?:#[^)]*)?\)/g)].map(([, link]) => link);
const dead = (path) =>
  linksIn(readFileSync(join(ROOT, path), "utf8")).filter((link) => !existsSync(join(ROOT, dirname(path), link)));

test("every link between documents leads somewhere", () => {
  const all = DOCUMENTS.flatMap((path) => linksIn(readFileSync(join(ROOT, path), "utf8")));
  assert.ok(DOCUMENTS.length >= 10 && all.length >= 15, `${all.length} links in ${DOCUMENTS.length} documents`);
  assert.deepEqual(
    DOCUMENTS.flatMap((path) => dead(path).map((link) => `${path}: ${link}`)),
    [],
  );
});

test("links to elsewhere and into the same page are none of these", () => {
  const text = "[a](docs/a.md) [b](docs/b.md#c) [c](https://example.org/d.md) [d](#e)";
  assert.deepEqual(linksIn(text), ["docs/a.md", "docs/b.md"]);
});

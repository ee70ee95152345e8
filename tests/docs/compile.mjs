// Compiles blocks of code as files of one program, beside the built package and the real types of the frameworks.
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import typescript from "typescript";

/** Where the files would be if they were written: packages are looked up from here. */
const FOLDER = fileURLToPath(new URL(".", import.meta.url));

const OPTIONS = {
  module: typescript.ModuleKind.NodeNext,
  moduleResolution: typescript.ModuleResolutionKind.NodeNext,
  target: typescript.ScriptTarget.ES2022,
  lib: ["lib.es2023.d.ts", "lib.dom.d.ts", "lib.dom.iterable.d.ts"],
  typeRoots: [fileURLToPath(new URL("../node_modules/@types", import.meta.url))],
  types: ["node"],
  strict: true,
  // The types of frameworks are not ours to judge; what a block does with them is.
  skipLibCheck: true,
  noEmit: true,
};

/**
 * What the compiler has against the files, a line each.
 *
 * @param files text by path, such as `{ "docs/keys.ts": "…" }`
 * @param strictness options of the compiler beside `strict`
 */
export function complaints(files, strictness = {}) {
  const options = { ...OPTIONS, ...strictness };
  const texts = new Map(Object.entries(files).map(([path, text]) => [join(FOLDER, path), text]));
  const folders = new Set([...texts.keys()].map(dirname));
  const host = typescript.createCompilerHost(options);
  const { fileExists, readFile, directoryExists, getSourceFile } = host;
  host.fileExists = (path) => texts.has(path) || fileExists.call(host, path);
  host.readFile = (path) => texts.get(path) ?? readFile.call(host, path);
  host.directoryExists = (path) => folders.has(path) || (directoryExists?.call(host, path) ?? true);
  host.getSourceFile = (path, languageOrOptions, ...rest) => {
    const text = texts.get(path);
    if (text === undefined) return getSourceFile.call(host, path, languageOrOptions, ...rest);
    return typescript.createSourceFile(path, text, languageOrOptions, true);
  };
  const program = typescript.createProgram([...texts.keys()], options, host);
  return typescript.getPreEmitDiagnostics(program).map(({ file, start, messageText }) => {
    const message = typescript.flattenDiagnosticMessageText(messageText, "\n");
    if (file === undefined) return message;
    const { line } = file.getLineAndCharacterOfPosition(start);
    return `${file.fileName.slice(FOLDER.length)}:${line + 1}: ${message}`;
  });
}

import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import ts from "typescript";

/** @type {Map<string, readonly string[]>} */
const imports = new Map();

/**
 * The files of the same package that a file imports, by path: values, types, exports and `import()` alike.
 * @param {string} file
 * @returns {readonly string[]}
 */
function importsOf(file) {
  const known = imports.get(file);
  if (known !== undefined) return known;
  const found = existsSync(file) ? importsIn(file, readFileSync(file, "utf8")) : [];
  imports.set(file, found);
  return found;
}

/** @param {string} file @param {string} text */
function importsIn(file, text) {
  return ts
    .preProcessFile(text, true, true)
    .importedFiles.filter(({ fileName }) => fileName.startsWith("."))
    .map(({ fileName }) => fileOf(file, fileName));
}

/** @param {string} file @param {string} specifier */
export const fileOf = (file, specifier) => join(dirname(file), specifier).replace(/\.js$/, ".ts");

/**
 * The shortest way of imports from one file to another, both included, or undefined.
 * @param {string} from @param {string} to
 * @returns {readonly string[] | undefined}
 */
export function importPath(from, to) {
  const cameFrom = new Map([[from, from]]);
  for (const file of cameFrom.keys()) {
    if (file === to) return wayTo(file, cameFrom);
    for (const next of importsOf(file)) if (!cameFrom.has(next)) cameFrom.set(next, file);
  }
  return undefined;
}

/** @param {string} file @param {ReadonlyMap<string, string>} cameFrom */
function wayTo(file, cameFrom) {
  const way = [file];
  for (let at = cameFrom.get(file); at !== undefined && at !== way[0]; at = cameFrom.get(at)) way.unshift(at);
  return way;
}

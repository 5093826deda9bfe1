import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
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
export function fileOf(file, specifier) {
  const source = join(dirname(file), specifier).replace(/\.js$/, ".ts");
  return existsSync(`${source}x`) ? `${source}x` : source;
}

/** @param {string} name */
const isSource = (name) => /\.tsx?$/.test(name);

/**
 * The shortest way of imports from one file to another, both included, or undefined.
 * @param {string} from @param {string} to
 * @returns {readonly string[] | undefined}
 */
export const importPath = (from, to) => shortestWay(from, to, importsOf);

/** @param {string} from @param {string} to @param {(at: string) => Iterable<string>} next */
function shortestWay(from, to, next) {
  const cameFrom = new Map([[from, from]]);
  for (const at of cameFrom.keys()) {
    if (at === to) return wayTo(at, cameFrom);
    for (const one of next(at)) if (!cameFrom.has(one)) cameFrom.set(one, at);
  }
  return undefined;
}

/** @type {Map<string, ReadonlyMap<string, ReadonlySet<string>>>} */
const siblings = new Map();

/**
 * Files and folders side by side in one folder depend on each other by what lies in them, and must do so in no circle. The shortest way back
 * from the one that `target` lies in to the one that `file` lies in, both included, or undefined. Two files are `importPath`'s concern.
 * @param {string} file @param {string} target
 * @returns {readonly string[] | undefined}
 */
export function siblingPath(file, target) {
  const folder = commonFolder(file, target);
  const [from, to] = [childIn(folder, file), childIn(folder, target)];
  if (from === to || (isSource(from) && isSource(to))) return undefined;
  const graph = siblings.get(folder) ?? siblingsIn(folder);
  siblings.set(folder, graph);
  return shortestWay(to, from, (at) => graph.get(at) ?? [])?.map((name) => join(folder, name));
}

/** @param {string} a @param {string} b */
function commonFolder(a, b) {
  let folder = dirname(a);
  while (!b.startsWith(folder + sep)) folder = dirname(folder);
  return folder;
}

/** @param {string} folder @param {string} path @returns {string} */
const childIn = (folder, path) => /** @type {string} */ (relative(folder, path).split(sep)[0]);

/** What the files and folders in a folder import of each other; tests do not count. @param {string} folder */
function siblingsIn(folder) {
  /** @type {Map<string, Set<string>>} */
  const graph = new Map();
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => isSource(name) && !name.endsWith(".test.ts"));
  for (const name of files) {
    const from = childIn(folder, join(folder, name));
    const imported = graph.get(from) ?? new Set();
    graph.set(from, imported);
    for (const target of importsOf(join(folder, name))) {
      if (target.startsWith(folder + sep) && childIn(folder, target) !== from) imported.add(childIn(folder, target));
    }
  }
  return graph;
}

/** @param {string} file @param {ReadonlyMap<string, string>} cameFrom */
function wayTo(file, cameFrom) {
  const way = [file];
  for (let at = cameFrom.get(file); at !== undefined && at !== way[0]; at = cameFrom.get(at)) way.unshift(at);
  return way;
}

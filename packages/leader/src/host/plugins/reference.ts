/** A stage reference, taken apart. */
export interface ParsedReference {
  /** A package name, or a path that begins with `.` or `/`. */
  readonly plugin: string;
  readonly stage: string;
  readonly isFile: boolean;
}

const packageName = /^(?:@[a-z0-9][a-z0-9._~-]*\/)?[a-z0-9][a-z0-9._~-]*$/u;
const filePath = /^(?:\.{1,2}\/|\/|[A-Za-z]:[\\/]).+\.m?js$/u;

/** Takes apart `<package>#<stage>` or `./file.js#<stage>`; undefined if the text is neither. */
export function parseReference(reference: string): ParsedReference | undefined {
  const hash = reference.lastIndexOf("#");
  if (hash <= 0) return undefined;
  const plugin = reference.slice(0, hash);
  const stage = reference.slice(hash + 1);
  if (stage === "") return undefined;
  if (filePath.test(plugin)) return { plugin, stage, isFile: true };
  return packageName.test(plugin) ? { plugin, stage, isFile: false } : undefined;
}

/** What to write in place of a text that is no reference. */
export function adviceOn(text: string): string {
  const hash = text.lastIndexOf("#");
  const [plugin, stage] = hash < 0 ? [text, ""] : [text.slice(0, hash), text.slice(hash + 1)];
  const suggested = (name: string): string => `"${name}#${stage === "" ? "<stage>" : stage}"`;
  if (/^(?:[a-z][a-z0-9+.-]+:)/iu.test(plugin) && !/^[A-Za-z]:[\\/]/u.test(plugin))
    return "plugins are installed packages or local files, never fetched: install the package, or save the file and name it by its path";
  if (/\.[mc]?tsx?$/u.test(plugin))
    return `Node runs JavaScript: compile ${plugin} (for example with tsc) and write ${suggested(plugin.replace(/\.([mc]?)tsx?$/u, ".$1js"))}`;
  if (/\.cjs$/u.test(plugin))
    return `a plugin is an ES module: rename ${plugin} to .mjs and write ${suggested(plugin.replace(/\.cjs$/u, ".mjs"))}`;
  if (/^\.{0,2}\//u.test(plugin))
    return `name the file with its ending, .js or .mjs: write ${suggested(`${plugin.replace(/\/$/u, "")}.js`)}`;
  if (hash < 0 && packageName.test(plugin))
    return 'a reference names a package and a stage, "<package>#<stage>"; `leader plugins` lists those at hand';
  return 'write "<package>#<stage>" or "./file.js#<stage>"';
}

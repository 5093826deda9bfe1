import { opendir, stat } from "node:fs/promises";
import { join } from "node:path";
import { Breath, sortedGently } from "./gently.js";

/** Folders below each other that `**` is followed into. */
const deepest = 32;

/** True if a name holds signs of a pattern. */
export const isGlob = (path: string): boolean => /[*?]|\[[^\]]+\]/u.test(path);

/**
 * The files and folders that a pattern names, sorted: `*` and `?` stand for signs of one name, `[a-f]` for one of several, `**` for any
 * folders. Shells do so themselves, but not all of them, and not within quotes. Hidden names are matched only by a dot that is stated.
 */
export async function pathsOf(pattern: string): Promise<readonly string[]> {
  const parts = (process.platform === "win32" ? pattern.replaceAll("\\", "/") : pattern).split("/");
  let found: readonly string[] = [parts[0] === "" ? "/" : ""];
  for (const [i, part] of parts.entries()) {
    if (part === "") continue;
    if (part === "**") found = await withSubfolders(found);
    else if (isGlob(part)) found = await inside(found, ruleOf(part), i < parts.length - 1);
    else found = found.map((path) => join(path, part));
  }
  const there = await Promise.all(found.map(async (path) => (await stat(path).catch(() => undefined)) !== undefined));
  return await sortedGently([...new Set(found.filter((_, i) => there[i]!))]);
}

/** What lies directly in folders and has a name of this form. */
async function inside(folders: readonly string[], rule: RegExp, onlyFolders: boolean): Promise<readonly string[]> {
  const found: string[] = [];
  const breath = new Breath();
  for (const folder of folders) {
    for (const { name, isFolder } of await entriesOf(folder)) {
      await breath.take();
      if (rule.test(name) && (isFolder || !onlyFolders)) found.push(join(folder, name));
    }
  }
  return found;
}

async function withSubfolders(folders: readonly string[]): Promise<readonly string[]> {
  const all = [...folders];
  let level = folders;
  for (let depth = 0; depth < deepest && level.length > 0; depth++) {
    level = await inside(level, /^[^.]/u, true);
    all.push(...level);
  }
  return all;
}

async function entriesOf(folder: string): Promise<readonly { readonly name: string; readonly isFolder: boolean }[]> {
  try {
    const entries: { readonly name: string; readonly isFolder: boolean }[] = [];
    for await (const entry of await opendir(folder === "" ? "." : folder, { bufferSize: 512 }))
      entries.push({ name: entry.name, isFolder: entry.isDirectory() });
    return entries;
  } catch {
    // What is no folder, or cannot be listed, holds nothing that a pattern names.
    return [];
  }
}

function ruleOf(part: string): RegExp {
  const source = part.replace(/\[!?[^\]]+\]|[\s\S]/gu, (sign) => {
    if (sign === "*") return ".*";
    if (sign === "?") return ".";
    if (sign.length > 1)
      return `[${sign.startsWith("[!") ? "^" : ""}${sign
        .slice(sign.startsWith("[!") ? 2 : 1, -1)
        .replaceAll("\\", "\\\\")
        .replaceAll("^", "\\^")}]`;
    return sign.replace(/[\\^$.+()[\]{}|/-]/u, "\\$&");
  });
  return new RegExp(`^${part.startsWith(".") ? "" : "(?!\\.)"}${source}$`, "su");
}

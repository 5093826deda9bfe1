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
 *
 * No library does this: tinyglobby (fdir) either leaves out files that are links or lets `**` go through links to folders, and reads brackets
 * and braces in names as signs; the matchers of `node:fs` and `node:path` came with Node 22.
 */
export async function pathsOf(pattern: string): Promise<readonly string[]> {
  const parts = (process.platform === "win32" ? pattern.replaceAll("\\", "/") : pattern).split("/");
  let found: readonly string[] = [parts[0] === "" ? "/" : ""];
  for (const [i, part] of parts.entries()) {
    if (part === "") continue;
    if (part === "**") found = await withSubfolders(found);
    else if (isGlob(part)) found = await inside(found, ruleOf(part), i < parts.length - 1);
    else found = await there(found.map((path) => join(path, part)));
  }
  return await sortedGently([...new Set(found)]);
}

/** Those of the paths that lead somewhere. */
async function there(paths: readonly string[]): Promise<readonly string[]> {
  const found: string[] = [];
  for (const path of paths) if ((await stat(path).catch(() => undefined)) !== undefined) found.push(path);
  return found;
}

/** What lies directly in folders and has a name of this form, links that lead somewhere among it. */
async function inside(folders: readonly string[], rule: RegExp, onlyFolders: boolean): Promise<readonly string[]> {
  const found: string[] = [];
  const breath = new Breath();
  for (const folder of folders) {
    for (const { name, kind } of await entriesOf(folder)) {
      await breath.take();
      if (!rule.test(name)) continue;
      const path = join(folder, name);
      const info = kind === "link" ? await stat(path).catch(() => undefined) : undefined;
      if (kind === "folder" || info?.isDirectory() === true || (!onlyFolders && (kind === "file" || info !== undefined))) found.push(path);
    }
  }
  return found;
}

/** Folders with those below them, but for hidden ones and links, which may lead back. */
async function withSubfolders(folders: readonly string[]): Promise<readonly string[]> {
  const all = [...folders];
  let level = folders;
  for (let depth = 0; depth < deepest && level.length > 0; depth++) {
    const below: string[] = [];
    for (const folder of level) {
      for (const { name, kind } of await entriesOf(folder)) if (kind === "folder" && !name.startsWith(".")) below.push(join(folder, name));
    }
    for (const folder of below) all.push(folder);
    level = below;
  }
  return all;
}

interface Entry {
  readonly name: string;
  readonly kind: "file" | "folder" | "link";
}

async function entriesOf(folder: string): Promise<readonly Entry[]> {
  try {
    const entries: Entry[] = [];
    for await (const entry of await opendir(folder === "" ? "." : folder, { bufferSize: 512 }))
      entries.push({ name: entry.name, kind: entry.isDirectory() ? "folder" : entry.isSymbolicLink() ? "link" : "file" });
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

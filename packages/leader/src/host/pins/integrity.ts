import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readdir, readFile, stat } from "node:fs/promises";
import { dirname, join, relative, resolve, sep } from "node:path";
import { pipeline } from "node:stream/promises";
import { init, parse } from "es-module-lexer";
import { rememberedIntegrity, type MadeIntegrity } from "./remembered-integrity.js";

/** What an integrity says of a file that is not there, or cannot be read. */
export const unreadable = "unreadable";

/** `sha256:` and the SHA-256 of some bytes, in hexadecimal. */
export const integrityOf = (bytes: Uint8Array | string): string => `sha256:${createHash("sha256").update(bytes).digest("hex")}`;

/** Files that are smaller are read as quickly as what was kept of them. */
const worthBytes = 1 << 20;

/**
 * The integrity of a file's content; of a folder: of the names and contents below it. `unreadable` if there is none. What an earlier command
 * found of a file of 1 MiB or more holds as long as the file is the same (`rememberedIntegrity`).
 */
export async function fileIntegrity(path: string): Promise<string> {
  try {
    const info = await stat(path);
    if (info.isDirectory()) return await folderIntegrity(path);
    if (info.size < worthBytes) return await contentIntegrity(path);
    return await rememberedIntegrity({ path, as: "file" }, async () => ({ integrity: await contentIntegrity(path), files: [path] }));
  } catch {
    return unreadable;
  }
}

async function contentIntegrity(path: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path), hash);
  return `sha256:${hash.digest("hex")}`;
}

async function folderIntegrity(folder: string): Promise<string> {
  const names = (await readdir(folder, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  const lines: string[] = [];
  for (const name of names) lines.push(lineOf(folder, name, await fileIntegrity(name)));
  return integrityOf(lines.join("\n"));
}

/** Names do not depend on where a package is installed, nor on the system. */
const lineOf = (folder: string, path: string, integrity: string): string => `${relative(folder, path).split(sep).join("/")} ${integrity}`;

/**
 * The integrity of the code that a module runs: of the module and of every module that it imports by a relative path, directly or through
 * others. What it imports by name belongs to other packages.
 */
export const moduleIntegrity = async (entry: string): Promise<string> =>
  await rememberedIntegrity({ path: entry, as: "module" }, async () => await readModules(entry));

async function readModules(entry: string): Promise<MadeIntegrity> {
  await init;
  const seen = new Map<string, string>();
  const waiting = [resolve(entry)];
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (seen.has(path)) continue;
    const text = await readFile(path, "utf8").catch(() => undefined);
    seen.set(path, text === undefined ? unreadable : integrityOf(text));
    if (text !== undefined) waiting.push(...relativeImports(path, text));
  }
  const folder = dirname(resolve(entry));
  const lines = [...seen].map(([path, integrity]) => lineOf(folder, path, integrity));
  return { integrity: integrityOf(lines.sort().join("\n")), files: [...seen.keys()] };
}

function relativeImports(path: string, text: string): readonly string[] {
  try {
    const [imports] = parse(text);
    return imports.flatMap(({ n }) => (n?.startsWith(".") === true ? [resolve(dirname(path), n.replace(/[?#].*$/u, ""))] : []));
  } catch {
    // No JavaScript: a module of another kind, whose own content counts.
    return [];
  }
}

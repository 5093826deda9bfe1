import { Stats } from "node:fs";
import { opendir, stat } from "node:fs/promises";
import { extname, join, resolve } from "node:path";
import { checkOrdinaryFile, isPicturePath, leaderErrors } from "leader-restore/supervision";
import { errors } from "./error-codes.js";
import { Breath, sortedGently } from "./gently.js";
import { isGlob, pathsOf } from "./globs.js";

/** True if the name ends like an array's. */
export const isArray = (path: string): boolean => extname(path).toLowerCase() === ".npy";

/** True if the name ends like a picture or an array. */
export const isInput = (path: string): boolean => isPicturePath(path) || isArray(path);

/** One input, and the folder it lies in below the one that was named. */
export interface FoundInput {
  readonly path: string;
  readonly below: string;
  /** It was found in a folder, not named itself. */
  readonly inFolder: boolean;
}

/** What the arguments name, and what was passed over in their folders: subfolders, and files by their extension. */
export interface FoundInputs {
  readonly inputs: readonly FoundInput[];
  readonly passedOver: ReadonlyMap<string, number>;
}

/**
 * The files that arguments name: ordinary files as they are, folders as the pictures and arrays directly inside, sorted, patterns as what
 * they match; each once. Pipes and devices are refused here, before anything waits for them.
 */
export async function expandInputs(paths: readonly string[]): Promise<readonly string[]> {
  return (await findInputs(paths, false)).inputs.map(({ path }) => path);
}

/** As `expandInputs`; with `recursive` also what lies in subfolders. Hidden files and folders do not count. */
export async function findInputs(paths: readonly string[], recursive: boolean): Promise<FoundInputs> {
  const files = new Map<string, FoundInput>();
  const passedOver = new Map<string, number>();
  const breath = new Breath();
  for (const path of paths) {
    for (const file of await filesOf(path, recursive, passedOver)) {
      const name = resolve(file.path);
      files.set(name, files.get(name) ?? file);
      await breath.take();
    }
  }
  return { inputs: [...files.values()], passedOver };
}

/** What was passed over, in one line; nothing if nothing was. */
export function passedOverText(passedOver: FoundInputs["passedOver"]): string | undefined {
  if (passedOver.size === 0) return undefined;
  const counts = [...passedOver].sort(([a], [b]) => (a < b ? -1 : 1)).map(([kind, count]) => `${count} ${kind}`);
  return `passed over: ${counts.join(", ")}${passedOver.has(subfolders) ? " (--recursive restores what is in subfolders)" : ""}`;
}

const subfolders = "subfolder(s)";

async function filesOf(path: string, recursive: boolean, passedOver: Map<string, number>): Promise<readonly FoundInput[]> {
  const info = await stat(path).catch((cause: unknown) => cause);
  if (!(info instanceof Stats)) {
    const matches = isGlob(path) ? await pathsOf(path) : [];
    if (matches.length === 0) throw leaderErrors.FILE_MISSING({ file: path }, { cause: info });
    const found: FoundInput[] = [];
    for (const match of matches) for (const file of await filesOf(match, recursive, passedOver)) found.push(file);
    return found;
  }
  if (!info.isDirectory()) {
    await checkOrdinaryFile(path);
    return [{ path, below: "", inFolder: false }];
  }
  const inside = await filesInside(path, "", recursive, passedOver);
  if (inside.length === 0) throw errors.NO_INPUT({ path });
  return inside;
}

async function filesInside(
  folder: string,
  below: string,
  recursive: boolean,
  passedOver: Map<string, number>,
): Promise<readonly FoundInput[]> {
  const found: FoundInput[] = [];
  const names = new Map<string, boolean>();
  for await (const entry of await opendir(join(folder, below), { bufferSize: 512 }))
    if (!entry.name.startsWith(".")) names.set(entry.name, entry.isDirectory());
  const breath = new Breath();
  for (const name of await sortedGently([...names.keys()])) {
    await breath.take();
    const isFolder = names.get(name) === true;
    if (isFolder && recursive) for (const file of await filesInside(folder, join(below, name), recursive, passedOver)) found.push(file);
    else if (!isFolder && isInput(name)) found.push({ path: join(folder, below, name), below, inFolder: true });
    else {
      const kind = isFolder ? subfolders : extname(name).toLowerCase() || "without extension";
      passedOver.set(kind, (passedOver.get(kind) ?? 0) + 1);
    }
  }
  return found;
}

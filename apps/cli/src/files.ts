import { readdir, stat } from "node:fs/promises";
import { extname, join, resolve } from "node:path";
import { checkOrdinaryFile, isPicturePath, leaderErrors } from "leader-restore";
import { errors } from "./error-codes.js";

/** True if the name ends like a picture or an array. */
export const isInput = (path: string): boolean => isPicturePath(path) || extname(path).toLowerCase() === ".npy";

/**
 * The files that arguments name: ordinary files as they are, folders as the pictures and arrays directly inside, sorted; each
 * once. Pipes and devices are refused here, before anything waits for them.
 */
export async function expandInputs(paths: readonly string[]): Promise<readonly string[]> {
  const files = new Map<string, string>();
  for (const path of paths) for (const file of await filesOf(path)) files.set(resolve(file), files.get(resolve(file)) ?? file);
  return [...files.values()];
}

async function filesOf(path: string): Promise<readonly string[]> {
  const info = await stat(path).catch((cause: unknown) => {
    throw leaderErrors.FILE_MISSING({ file: path }, { cause });
  });
  if (!info.isDirectory()) {
    await checkOrdinaryFile(path);
    return [path];
  }
  const inside = (await readdir(path)).filter((name) => !name.startsWith(".") && isInput(name)).sort();
  if (inside.length === 0) throw errors.NO_INPUT({ path });
  return inside.map((name) => join(path, name));
}

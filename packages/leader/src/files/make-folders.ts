import { mkdirSync, statSync } from "node:fs";
import { mkdir, stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { memberOf } from "@leader/graph/records";
import { errors } from "../error-codes.js";

/** Node's own `recursive` never ends where a file system refuses a new folder as if the one above it were missing, as `/proc` does. */

const isFolder = async (path: string): Promise<boolean> => (await stat(path).catch(() => undefined))?.isDirectory() === true;
const isFolderSync = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;

/** Another process may make the same folder at the same time. */
const isThere = (error: unknown): boolean => memberOf(error, "code") === "EEXIST";

/** A folder and all above it, from the outermost on. */
function chainOf(path: string): readonly string[] {
  const chain = [resolve(path)];
  while (dirname(chain[0]!) !== chain[0]) chain.unshift(dirname(chain[0]!));
  return chain;
}

/** Makes a folder, and those above it that are missing. Errors: `FILE_NOT_WRITTEN`, caused by that of the file system. */
export async function makeFolders(path: string): Promise<void> {
  await makeThem(path).catch((cause: unknown) => {
    throw errors.FILE_NOT_WRITTEN({ file: path, problem: cause instanceof Error ? cause.message : String(cause) }, { cause });
  });
}

async function makeThem(path: string): Promise<void> {
  if (await isFolder(path)) return;
  for (const folder of chainOf(path)) {
    if (await isFolder(folder)) continue;
    await mkdir(folder).catch(async (error: unknown) => {
      if (!isThere(error) || !(await isFolder(folder))) throw error;
    });
  }
}

/** As `makeFolders`, at once. @param mode of the folders that are made. Errors: those of the file system. */
export function makeFoldersSync(path: string, mode: number): void {
  for (const folder of chainOf(path)) {
    if (isFolderSync(folder)) continue;
    try {
      mkdirSync(folder, { mode });
    } catch (error) {
      if (!isThere(error) || !isFolderSync(folder)) throw error;
    }
  }
}

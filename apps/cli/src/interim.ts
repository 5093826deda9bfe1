import { opendir, readdir, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

/** Characters of the name of a result that are kept. */
const longestName = 120;

/** The folder for what is finished of a picture while its result is not there yet: hidden, beside the result. */
export const interimOf = (output: string): string => join(dirname(output), `.${basename(output).slice(0, longestName)}.interim`);

/** Removes what was kept of a picture whose result is safe. */
export async function removeInterim(output: string): Promise<void> {
  // What cannot be removed harms nobody: it is only taken over by the very same restoration.
  await rm(interimOf(output), { recursive: true, force: true }).catch(() => undefined);
}

const interimName = /^\.(.+)\.interim$/su;

/**
 * Removes from a folder what was kept of pictures whose results are there: a kill came between the two. What is younger than its result
 * is of a run that is about to replace it.
 */
export async function sweepInterims(folder: string): Promise<void> {
  const left: string[] = [];
  try {
    for await (const { name } of await opendir(folder, { bufferSize: 512 })) if (interimName.test(name)) left.push(name);
  } catch {
    // A folder that is not there yet, or cannot be listed, holds nothing to sweep.
  }
  for (const name of left) {
    const result = interimName.exec(name)![1]!;
    // Of a longer name it is not known which result it was.
    if (result.length >= longestName) continue;
    const output = join(folder, result);
    const written = await modifiedMs(output);
    if (written !== undefined && (await youngest(interimOf(output))) <= written) await removeInterim(output);
  }
}

const modifiedMs = async (path: string): Promise<number | undefined> => (await stat(path).catch(() => undefined))?.mtimeMs;

/** When the last of the files in a folder was written; infinitely late where that cannot be said. */
async function youngest(folder: string): Promise<number> {
  const names = await readdir(folder).catch(() => undefined);
  const times = await Promise.all((names ?? []).map(async (name) => (await modifiedMs(join(folder, name))) ?? Infinity));
  return names === undefined ? Infinity : Math.max(-Infinity, ...times);
}

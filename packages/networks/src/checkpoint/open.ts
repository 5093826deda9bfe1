import { fileSource, isFolder, type Progress } from "../file/source.js";
import type { Checkpoint } from "../file/checkpoint.js";
import { openFolder } from "./diffusers-folder.js";
import { readCheckpoint } from "./read-checkpoint.js";

/**
 * Opens a checkpoint: a file, recognised by its contents whatever its name, or a folder of diffusers. Nothing of it is run.
 * @throws CHECKPOINT_MISSING, CHECKPOINT_UNREADABLE, CHECKPOINT_REFUSED.
 */
export async function openCheckpoint(path: string, progress?: Progress): Promise<Checkpoint> {
  if (await isFolder(path)) return await openFolder(path, progress);
  const source = await fileSource(path, progress);
  try {
    return await readCheckpoint(source);
  } catch (error) {
    await source.close();
    throw error;
  }
}

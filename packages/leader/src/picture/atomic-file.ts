import { randomBytes } from "node:crypto";
import { open, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { errors } from "../error-codes.js";

/**
 * Writes a file so that its name only ever shows the whole content: temporary file in the same folder, fsync, rename,
 * fsync of the folder. A kill at any moment leaves the old file or the new one.
 * Errors: `FILE_NOT_WRITTEN`; the temporary file is removed.
 */
export async function writeFileAtomically(path: string, content: Uint8Array | string): Promise<void> {
  const temporary = join(dirname(path), `.${basename(path)}.${process.pid}-${randomBytes(4).toString("hex")}.partial`);
  try {
    const file = await open(temporary, "wx");
    try {
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
    await syncFolder(dirname(path));
  } catch (cause) {
    await rm(temporary, { force: true });
    throw errors.FILE_NOT_WRITTEN({ file: path, problem: cause instanceof Error ? cause.message : String(cause) }, { cause });
  }
}

/** Makes the rename durable. Some systems cannot open folders; there the rename is still atomic. */
async function syncFolder(folder: string): Promise<void> {
  try {
    const handle = await open(folder, "r");
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch {
    // Not supported here.
  }
}

import { createHash, randomBytes } from "node:crypto";
import { link, open, readdir, rename, rm, stat, type FileHandle } from "node:fs/promises";
import { hostname } from "node:os";
import { basename, dirname, join } from "node:path";
import { errors } from "../error-codes.js";
import { memberOf } from "@leader/graph/records";

/** How a file is written. */
export interface WriteOptions {
  /** `false`: fail if the file exists; of several processes exactly one then succeeds. Default `true`: replace it. */
  readonly overwrite?: boolean;
}

/** Tells temporary files of this machine from those of others on a shared disk. */
const machine = createHash("sha256").update(hostname()).digest("hex").slice(0, 8);
const partialName = /^\..+\.([0-9a-f]{8})-(\d+)-[0-9a-f]{8}\.partial$/u;
/** A file is written in seconds; an older temporary one was left behind, whatever its process number means today. */
const abandonedMs = { here: 3_600_000, elsewhere: 86_400_000 } as const;

/** Name of a temporary file of this process for a path, in the same folder. */
const temporaryFor = (path: string): string =>
  join(dirname(path), `.${basename(path).slice(0, 120)}.${machine}-${process.pid}-${randomBytes(4).toString("hex")}.partial`);

/**
 * Writes a file so that its name only ever shows the whole content: temporary file in the same folder, fsync, rename,
 * fsync of the folder. A kill at any moment leaves the old file or the new one.
 * Errors: `FILE_NOT_WRITTEN`, `FILE_EXISTS` (not to be overwritten, and it exists); the temporary file is removed.
 */
export async function writeFileAtomically(
  path: string,
  content: Uint8Array | string,
  { overwrite = true }: WriteOptions = {},
): Promise<void> {
  const temporary = temporaryFor(path);
  try {
    const file = await open(temporary, "wx");
    try {
      await file.writeFile(content);
      await synced(file);
    } finally {
      await file.close();
    }
    await (overwrite ? rename(temporary, path) : publish(temporary, path));
    await syncFolder(dirname(path));
  } catch (cause) {
    // Where even this fails the error below says why; the file is swept at the next start.
    await rm(temporary, { force: true }).catch(() => undefined);
    if (!overwrite && (cause as NodeJS.ErrnoException).code === "EEXIST") throw errors.FILE_EXISTS({ file: path }, { cause });
    throw errors.FILE_NOT_WRITTEN({ file: path, problem: cause instanceof Error ? cause.message : String(cause) }, { cause });
  }
}

/** Gives a file its name unless the name is taken: a link fails where a rename replaces. */
async function publish(temporary: string, path: string): Promise<void> {
  try {
    await link(temporary, path);
  } catch (error) {
    if (memberOf(error, "code") === "EEXIST") throw error;
    // A file system without links: claim the name first, then fill it.
    await (await open(path, "wx")).close();
    await rename(temporary, path);
    return;
  }
  await rm(temporary, { force: true });
}

/**
 * Finds out whether a file can be written, by writing an empty temporary one beside it.
 * @returns what is wrong, for people, or undefined.
 */
export async function problemOfWriting(path: string): Promise<string | undefined> {
  const folder = dirname(path);
  const info = await stat(folder).catch(() => undefined);
  if (info === undefined) return `the folder ${folder} does not exist`;
  if (!info.isDirectory()) return `${folder} is a file, not a folder`;
  const target = await stat(path).catch(() => undefined);
  if (target !== undefined && !target.isFile()) return `${path} is ${target.isDirectory() ? "a folder" : "no ordinary file"}`;
  const temporary = temporaryFor(path);
  try {
    await (await open(temporary, "wx")).close();
    await rm(temporary);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/**
 * Removes the temporary files that killed processes left in a folder: those of processes of this machine that are gone, and
 * those that are too old to be in use.
 * @param pid also those of this process, which the caller knows to be gone.
 */
export async function sweepPartials(folder: string, pid?: number): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  for (const name of names) {
    const [, where, writer] = partialName.exec(name) ?? [];
    if (where === undefined) continue;
    const path = join(folder, name);
    const age = Date.now() - ((await stat(path).catch(() => undefined))?.mtimeMs ?? Date.now());
    const abandoned =
      where === machine ? Number(writer) === pid || !isAlive(Number(writer)) || age > abandonedMs.here : age > abandonedMs.elsewhere;
    if (abandoned) await rm(path, { force: true }).catch(() => undefined);
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // Not ours to signal, but there.
    return memberOf(error, "code") === "EPERM";
  }
}

/** Yarn's Plug'n'Play puts file handles in place of Node's that cannot sync; there the rename is all that is promised. */
async function synced(file: FileHandle): Promise<void> {
  try {
    await file.sync();
  } catch (error) {
    if (!/not implemented/iu.test(String(error))) throw error;
  }
}

/** Makes the rename durable. Some systems cannot open folders; there the rename is still atomic. */
async function syncFolder(folder: string): Promise<void> {
  try {
    const handle = await open(folder, "r");
    try {
      await synced(handle);
    } finally {
      await handle.close();
    }
  } catch {
    // Not supported here.
  }
}

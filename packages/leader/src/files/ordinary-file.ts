import { constants } from "node:fs";
import { open, stat } from "node:fs/promises";
import type { Stats } from "node:fs";
import { errors } from "../error-codes.js";

/** Absent on Windows, which has no pipes among its files. */
const noWaiting = "O_NONBLOCK" in constants ? constants.O_NONBLOCK : 0;

/** What a path names if it is no ordinary file, for people. */
function kindOf(info: Stats): string {
  if (info.isDirectory()) return "a folder";
  if (info.isFIFO()) return "a named pipe";
  if (info.isCharacterDevice() || info.isBlockDevice()) return "a device";
  return info.isSocket() ? "a socket" : "something else";
}

/** Errors: `FILE_NOT_ORDINARY`. */
function requireOrdinary(file: string, info: Stats): void {
  if (!info.isFile()) throw errors.FILE_NOT_ORDINARY({ file, kind: kindOf(info) });
}

/**
 * Refuses what may never end or never begin: pipes, devices, sockets, folders. Errors: `FILE_MISSING`, `FILE_NOT_ORDINARY`.
 */
export async function checkOrdinaryFile(file: string): Promise<void> {
  const info = await stat(file).catch((cause: unknown) => {
    throw errors.FILE_MISSING({ file }, { cause });
  });
  requireOrdinary(file, info);
}

/**
 * The bytes of an ordinary file. What is checked is what is read: the file is opened without waiting for a writer, looked at
 * through its handle, and read no further than it was long then.
 * @param limit most bytes. Default: 2 GiB - 1, what one buffer is sure to hold.
 * Errors: `FILE_MISSING`, `FILE_NOT_ORDINARY`, `FILE_TOO_LARGE`.
 */
export async function readOrdinaryFile(file: string, limit = 2 ** 31 - 1): Promise<Uint8Array> {
  const handle = await open(file, constants.O_RDONLY | noWaiting).catch((cause: unknown) => {
    throw errors.FILE_MISSING({ file }, { cause });
  });
  try {
    const info = await handle.stat();
    requireOrdinary(file, info);
    if (info.size > limit) throw errors.FILE_TOO_LARGE({ file, bytes: info.size, limit });
    const bytes = new Uint8Array(info.size);
    let filled = 0;
    while (filled < bytes.length) {
      const { bytesRead } = await handle.read(bytes, filled, bytes.length - filled, filled);
      if (bytesRead === 0) break;
      filled += bytesRead;
    }
    return bytes.subarray(0, filled);
  } finally {
    await handle.close();
  }
}

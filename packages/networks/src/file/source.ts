import { open, stat } from "node:fs/promises";
import { basename } from "node:path";
import { storedFile, type StoredFile } from "@leader/graph";
import { errors } from "../error-codes.js";

/** Bytes that can be read in parts: a file is never in memory as a whole unless a format needs it so. */
export interface Source {
  /** Name of the file, for messages. */
  readonly name: string;
  readonly size: number;
  /** `length` bytes from `offset`, in memory of their own or as a view; both must lie inside the source. */
  read(offset: number, length: number): Promise<Uint8Array<ArrayBuffer>>;
  /** Shows the bytes in parts, which are valid until the next one. */
  scan(offset: number, length: number, visit: (part: Uint8Array) => void): Promise<void>;
  /** The file itself, for weights that stay in it. */
  readonly file?: StoredFile;
  close(): Promise<void>;
}

/** Bytes as numbers of other types; not by `slice().buffer`, which for Node's Buffer is all of a larger memory. */
export const viewOf = ({ buffer, byteOffset, byteLength }: Uint8Array): DataView => new DataView(buffer, byteOffset, byteLength);

/** Called while a large file is read, at every whole percent, with the share from 0 to 1. */
export type Progress = (share: number) => void;

/** Smaller files are read before anybody asks. */
const largeBytes = 2 ** 26;

function byPercent(size: number, progress: Progress | undefined): (done: number) => void {
  let told = 0;
  if (progress === undefined || size < largeBytes) return () => undefined;
  return (done) => {
    const percent = Math.min(100, Math.floor((100 * done) / size));
    if (percent > told) progress((told = percent) / 100);
  };
}

/** Bytes of one call to the system; longer reads are made in parts. */
const partBytes = 2 ** 26;
const scannedBytes = 2 ** 20;

/**
 * Opens an ordinary file (links are followed: the path is the user's own).
 * @throws CHECKPOINT_MISSING.
 */
export async function fileSource(path: string, progress?: Progress): Promise<Source> {
  const handle = await open(path, "r").catch((cause: unknown) => {
    throw errors.CHECKPOINT_MISSING({ file: path, problem: cause instanceof Error ? cause.message : String(cause) }, { cause });
  });
  const stats = await handle.stat();
  if (!stats.isFile()) {
    await handle.close();
    throw errors.CHECKPOINT_MISSING({ file: path, problem: "it is not an ordinary file" });
  }
  const name = basename(path);
  const { size } = stats;
  const tell = byPercent(size, progress);
  let done = 0;
  /** Up to `most` bytes into `bytes` from `at` on; returns how many. */
  const part = async (bytes: Uint8Array, at: number, most: number, from: number): Promise<number> => {
    const { bytesRead } = await handle.read(bytes, at, most, from);
    if (bytesRead === 0) throw errors.CHECKPOINT_UNREADABLE({ file: name, problem: "it became shorter while it was read" });
    done += bytesRead;
    tell(done);
    return bytesRead;
  };
  const read: Source["read"] = async (offset, length) => {
    requireInside(name, size, offset, length);
    const bytes = new Uint8Array(length);
    for (let at = 0; at < length;) at += await part(bytes, at, Math.min(partBytes, length - at), offset + at);
    return bytes;
  };
  const scan: Source["scan"] = async (offset, length, visit) => {
    requireInside(name, size, offset, length);
    const bytes = new Uint8Array(Math.min(scannedBytes, length));
    for (let at = 0; at < length;) {
      const count = await part(bytes, 0, Math.min(bytes.length, length - at), offset + at);
      visit(bytes.subarray(0, count));
      at += count;
    }
  };
  return { name, size, read, scan, file: storedFile(path), close: () => handle.close() };
}

/** Bytes in memory as a source; what is read are views of them. */
export function bytesSource(name: string, bytes: Uint8Array<ArrayBuffer>): Source {
  const read: Source["read"] = (offset, length) =>
    Promise.resolve().then(() => {
      requireInside(name, bytes.length, offset, length);
      return bytes.subarray(offset, offset + length);
    });
  const scan: Source["scan"] = async (offset, length, visit) => {
    visit(await read(offset, length));
  };
  return { name, size: bytes.length, read, scan, close: () => Promise.resolve() };
}

function requireInside(file: string, size: number, offset: number, length: number): void {
  const whole = Number.isSafeInteger(offset) && Number.isSafeInteger(length) && offset >= 0 && length >= 0;
  if (!whole || offset + length > size) {
    throw errors.CHECKPOINT_UNREADABLE({ file, problem: `it states ${length} bytes at ${offset}, but has ${size} bytes` });
  }
}

export async function isFolder(path: string): Promise<boolean> {
  return await stat(path).then(
    (stats) => stats.isDirectory(),
    () => false,
  );
}

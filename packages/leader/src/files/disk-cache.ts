import { createHash, randomBytes } from "node:crypto";
import {
  closeSync,
  constants,
  fstatSync,
  futimesSync,
  lstatSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
  type Stats,
} from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import type { KeptBytes } from "@leader/graph";
import { makeFoldersSync } from "./make-folders.js";

/** Bytes of all entries, and of one. */
const most = { all: 1 << 30, entry: 256 << 20 } as const;
/** Share of the limit that is left when entries are removed, so that not every new one removes another. */
const leftShare = 0.8;
/** A temporary file that is older was left behind by a process that was ended. */
const abandonedMs = 3_600_000;
const magic = Buffer.from("LEADER1\n", "latin1");
const digestBytes = 32;
const keyForm = /^[a-z][a-z-]*-[0-9a-f]{64}$/u;
const ending = ".kept";

/** A link is no entry; Windows, which has no such flag, has no links that other users make. */
const noFollow = process.platform === "win32" ? 0 : constants.O_NOFOLLOW;

/** One entry, for people. */
export interface CacheEntry {
  /** What it is and the digest of what it depends on. */
  readonly key: string;
  readonly bytes: number;
  readonly used: Date;
}

/**
 * The folder of the cache: `LEADER_CACHE`, else `leader` in the user's folder of caches (`XDG_CACHE_HOME`, on Windows `LOCALAPPDATA`, else
 * `~/.cache`). Undefined with `LEADER_CACHE=off`, or where no such folder is known.
 */
export function cacheFolder(environment: Readonly<Record<string, string | undefined>> = process.env): string | undefined {
  const { LEADER_CACHE: stated, XDG_CACHE_HOME: xdg, LOCALAPPDATA: local } = environment;
  if (stated !== undefined && stated !== "") return stated === "off" ? undefined : resolve(stated);
  const parent = xdg !== undefined && xdg !== "" ? xdg : process.platform === "win32" ? local : undefined;
  if (parent !== undefined) return join(resolve(parent), "leader");
  try {
    return join(homedir(), ".cache", "leader");
  } catch {
    return undefined;
  }
}

/**
 * Entries in a folder of files, limited in size: the least recently used go first. An entry is written beside its place and renamed, so
 * that others see the whole of it or nothing, and carries a digest: one that does not fit is removed, and counts as missing. Entries are
 * read from a folder only that belongs to this user and that nobody else may write to. Nothing here fails: what cannot be read is missing,
 * and what cannot be written is not kept.
 */
export class DiskCache implements KeptBytes {
  readonly folder: string;
  readonly #limit: number;

  private constructor(folder: string, limit: number) {
    this.folder = folder;
    this.#limit = limit;
  }

  /** The cache of a folder, which is made where it is missing; undefined if it cannot be, or is not this user's alone. */
  static open(folder: string | undefined, { limit = most.all }: { readonly limit?: number } = {}): DiskCache | undefined {
    if (folder === undefined) return undefined;
    try {
      makeFoldersSync(folder, 0o700);
      const found = lstatSync(folder);
      return found.isDirectory() && isOwn(found) ? new DiskCache(folder, limit) : undefined;
    } catch {
      return undefined;
    }
  }

  /** The cache of this user, opened when it is first asked; without one nothing is kept. */
  static whenNeeded(): KeptBytes {
    let opened: { readonly cache: DiskCache | undefined } | undefined;
    const cache = (): DiskCache | undefined => (opened ??= { cache: DiskCache.open(cacheFolder()) }).cache;
    return { get: (key) => cache()?.get(key), put: (key, bytes) => cache()?.put(key, bytes) };
  }

  readonly get = (key: string): Uint8Array | undefined => {
    if (!keyForm.test(key)) return undefined;
    const path = this.#pathOf(key);
    try {
      const content = contentOf(path);
      const body = content?.subarray(magic.length + digestBytes);
      if (content !== undefined && body !== undefined && content.subarray(0, magic.length + digestBytes).equals(headOf(key, body)))
        return body;
      rmSync(path, { force: true });
    } catch {
      // Missing, or not to be read by this user: then it is computed.
    }
    return undefined;
  };

  readonly put = (key: string, bytes: Uint8Array): void => {
    if (!keyForm.test(key) || bytes.byteLength > Math.min(most.entry, this.#limit)) return;
    const temporary = join(this.folder, `${key}.${process.pid}-${randomBytes(4).toString("hex")}.partial`);
    try {
      writeFileSync(temporary, Buffer.concat([headOf(key, bytes), bytes]), { flag: "wx", mode: 0o600 });
      renameSync(temporary, this.#pathOf(key));
      this.#makeRoom();
    } catch {
      // A full disk, or a folder that is gone: then it is computed again the next time.
      rmSync(temporary, { force: true });
    }
  };

  /** The entries, the last used first. */
  entries(): readonly CacheEntry[] {
    return this.#files(ending)
      .map(({ name, info }) => ({ key: name.slice(0, -ending.length), bytes: info.size, used: info.mtime }))
      .sort((a, b) => b.used.getTime() - a.used.getTime());
  }

  /** Removes all entries; returns how many. */
  clear(): number {
    const entries = this.#files(ending);
    for (const { name } of [...entries, ...this.#files(".partial")]) rmSync(join(this.folder, name), { force: true });
    return entries.length;
  }

  #makeRoom(): void {
    for (const { name, info } of this.#files(".partial"))
      if (Date.now() - info.mtimeMs > abandonedMs) rmSync(join(this.folder, name), { force: true });
    let total = 0;
    const entries = this.entries();
    const whole = entries.reduce((sum, { bytes }) => sum + bytes, 0);
    if (whole <= this.#limit) return;
    for (const { key, bytes } of entries) {
      total += bytes;
      if (total > leftShare * this.#limit) rmSync(this.#pathOf(key), { force: true });
    }
  }

  #files(end: string): readonly { readonly name: string; readonly info: Stats }[] {
    return readdirSync(this.folder)
      .filter((name) => name.endsWith(end) && keyForm.test(name.split(".", 1)[0]!))
      .flatMap((name) => {
        // Another process may have removed it meanwhile.
        const info = statSync(join(this.folder, name), { throwIfNoEntry: false });
        return info === undefined ? [] : [{ name, info }];
      });
  }

  #pathOf(key: string): string {
    return join(this.folder, `${key}${ending}`);
  }
}

/** Whether it belongs to this user and nobody else may write to it. Windows keeps the folders of a user to the user. */
function isOwn({ uid, mode }: Stats): boolean {
  const user = process.getuid?.();
  return user === undefined || (uid === user && (mode & 0o022) === 0);
}

/** The bytes of an entry, which counts as used now; undefined if it is none of this user's files. */
function contentOf(path: string): Buffer | undefined {
  const file = openSync(path, constants.O_RDONLY | noFollow);
  try {
    const info = fstatSync(file);
    if (!info.isFile() || !isOwn(info) || info.size > most.entry + magic.length + digestBytes) return undefined;
    const content = readFileSync(file);
    touch(file);
    return content;
  } finally {
    closeSync(file);
  }
}

/** Marks a file as used now, where the system lets a reader do so. */
function touch(file: number): void {
  try {
    const now = new Date();
    futimesSync(file, now, now);
  } catch {
    // It is then removed by when it was written.
  }
}

const headOf = (key: string, bytes: Uint8Array): Buffer => Buffer.concat([magic, createHash("sha256").update(key).update(bytes).digest()]);

import { readdir, readFile, rm, rmdir, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { memberOf } from "@leader/graph";
import { writeFileAtomically } from "leader-restore";
import { makeFolders } from "leader-restore/supervision";
import { errors } from "../error-codes.js";
import type { Storage, StoredFile } from "./storage.js";

/** A folder that all processes see, such as a volume or a network file system. */
export class FolderStorage implements Storage {
  readonly #root: string;

  constructor(root: string) {
    this.#root = root;
  }

  async write(name: string, bytes: Uint8Array): Promise<void> {
    const path = join(this.#root, name);
    await coded("write", name, async () => {
      await makeFolders(dirname(path));
      await writeFileAtomically(path, bytes);
    });
  }

  async read(name: string): Promise<Uint8Array | undefined> {
    return await coded("read", name, async () => await orAbsent(readFile(join(this.#root, name))));
  }

  async remove(names: readonly string[]): Promise<void> {
    for (const name of names) {
      const path = join(this.#root, name);
      await coded("remove", name, async () => {
        await rm(path, { force: true });
        // A folder that still has files stays.
        await rmdir(dirname(path)).catch(() => undefined);
      });
    }
  }

  async *list(): AsyncGenerator<StoredFile> {
    const entries = await coded("list", this.#root, async () => (await orAbsent(readdir(this.#root, { withFileTypes: true }))) ?? []);
    for (const folder of entries.filter((entry) => entry.isDirectory())) {
      for (const file of (await orAbsent(readdir(join(this.#root, folder.name)))) ?? []) {
        const name = `${folder.name}/${file}`;
        const found = await orAbsent(stat(join(this.#root, name)));
        if (found !== undefined) yield { name, written: found.mtimeMs };
      }
    }
  }
}

async function orAbsent<T>(body: Promise<T>): Promise<T | undefined> {
  try {
    return await body;
  } catch (error) {
    if (memberOf(error, "code") === "ENOENT") return undefined;
    throw error;
  }
}

async function coded<T>(what: string, name: string, body: () => Promise<T>): Promise<T> {
  try {
    return await body();
  } catch (cause) {
    throw errors.STORAGE({ what, name, problem: cause instanceof Error ? cause.message : String(cause) }, { cause });
  }
}

import type { Storage } from "../storage/storage.js";
import { endName } from "./stored-job.js";

/** Seconds after which a request that nobody finished is given up, whatever became of it. */
const abandonedSeconds = 86_400;
/** Seconds between two looks, at least. */
const leastSeconds = 10;

/** Removes from a storage what was kept long enough, whichever service put it there. */
export class Sweeper implements Disposable {
  readonly #storage: Storage;
  readonly #keepSeconds: number;
  readonly #timer: NodeJS.Timeout;

  constructor(storage: Storage, keepSeconds: number) {
    this.#storage = storage;
    this.#keepSeconds = keepSeconds;
    const seconds = Math.max(leastSeconds, keepSeconds / 4);
    // What cannot be removed now is removed at another time.
    this.#timer = setInterval(() => void this.sweep().catch(() => undefined), 1000 * seconds).unref();
  }

  async sweep(now: number = Date.now()): Promise<void> {
    const folders = new Map<string, { readonly names: string[]; ended?: number; last: number }>();
    for await (const { name, written } of this.#storage.list()) {
      const folder = name.slice(0, name.indexOf("/"));
      const known = folders.get(folder) ?? { names: [], last: 0 };
      known.names.push(name);
      known.last = Math.max(known.last, written);
      if (name.endsWith(`/${endName}`)) known.ended = written;
      folders.set(folder, known);
    }
    for (const { names, ended, last } of folders.values()) {
      const old = ended === undefined ? now - last > 1000 * (abandonedSeconds + this.#keepSeconds) : now - ended > 1000 * this.#keepSeconds;
      if (old) await this.#storage.remove(names);
    }
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }
}

import { createHash } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { errors } from "../error-codes.js";

/** Bytes with which pictures begin that uploads may be, and NumPy arrays. */
const beginnings: readonly { readonly ending: ".npy" | ".png"; readonly bytes: readonly string[] }[] = [
  { ending: ".npy", bytes: ["\x93NUMPY"] },
  // The ending says no more than that it is a picture; its content is looked at when it is read.
  { ending: ".png", bytes: ["\x89PNG\r\n\x1a\n", "\xff\xd8\xff", "RIFF", "II*\0", "MM\0*", "GIF8"] },
];

/** Files that were sent along with requests, in a folder of the service, each as long as a restoration needs it. */
export class UploadFolder implements Disposable {
  readonly #folder = mkdtempSync(join(tmpdir(), "leader-serve-"));
  /** How many restorations need a file, by its path. */
  readonly #held = new Map<string, { count: number; readonly written: Promise<void> }>();

  get path(): string {
    return this.#folder;
  }

  /** Keeps a file; its path follows from its content alone. Errors: `UPLOAD`. */
  async hold(name: string, bytes: Uint8Array): Promise<string> {
    const ending = endingOf(bytes);
    if (ending === undefined) throw errors.UPLOAD({ name, problem: "it is neither a picture nor a NumPy array" });
    const path = join(this.#folder, createHash("sha256").update(bytes).digest("hex") + ending);
    const held = this.#held.get(path) ?? { count: 0, written: writeFile(path, bytes, { mode: 0o600 }) };
    held.count++;
    this.#held.set(path, held);
    await held.written.catch((error: unknown) => {
      this.release(path);
      throw error;
    });
    return path;
  }

  /** Lets a file go; the last one to do so removes it. */
  release(path: string): void {
    const held = this.#held.get(path);
    if (held === undefined || --held.count > 0) return;
    this.#held.delete(path);
    void rm(path, { force: true });
  }

  [Symbol.dispose](): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

function endingOf(bytes: Uint8Array): string | undefined {
  const head = Buffer.from(bytes.subarray(0, 8)).toString("latin1");
  return beginnings.find((kind) => kind.bytes.some((beginning) => head.startsWith(beginning)))?.ending;
}

import { mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

const weightFile = "weights.bin";

/** A temporary folder with the weights of one session, in a file that the runtime maps into memory. */
export class WeightFolder {
  /** The file of the weights. */
  readonly file: string;
  readonly #path: string;

  private constructor(path: string) {
    this.#path = path;
    this.file = join(path, weightFile);
  }

  static async create(): Promise<WeightFolder> {
    // The runtime compares paths without links.
    return new WeightFolder(await realpath(await mkdtemp(join(tmpdir(), "leader-weights-"))));
  }

  async write(weights: Uint8Array): Promise<void> {
    await writeFile(this.file, weights, { mode: 0o600 });
  }

  /**
   * To be called when the runtime has the file open: where the system allows it, the name goes at once, so that not even a crash
   * leaves gigabytes behind. The mapped contents live until the session ends.
   */
  async mapped(): Promise<void> {
    if (process.platform !== "win32") await this.remove();
  }

  async remove(): Promise<void> {
    await rm(this.#path, { recursive: true, force: true });
  }
}

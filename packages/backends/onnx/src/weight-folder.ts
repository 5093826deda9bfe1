import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A temporary folder with the weights of one session, in a file that the runtime maps into memory. */
export class WeightFolder {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  static async create(fileName: string, weights: Uint8Array): Promise<WeightFolder> {
    const folder = new WeightFolder(await mkdtemp(join(tmpdir(), "leader-weights-")));
    try {
      await writeFile(join(folder.path, fileName), weights, { mode: 0o600 });
    } catch (error) {
      await folder.remove();
      throw error;
    }
    return folder;
  }

  /**
   * To be called when the runtime has the file open: where the system allows it, the name goes at once, so that not even a crash
   * leaves gigabytes behind. The mapped contents live until the session ends.
   */
  async mapped(): Promise<void> {
    if (process.platform !== "win32") await this.remove();
  }

  async remove(): Promise<void> {
    await rm(this.path, { recursive: true, force: true });
  }
}

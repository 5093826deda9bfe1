import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";

/** DDNM+ with LEADer on a Gaussian prior: every stage takes part, and a picture of 8 x 8 costs milliseconds. */
export const pipelineText = (steps: number, backend = "leader#reference"): string => `apiVersion: leader/v1
noise: 0.05
operator: { use: "@leader/operators#inpainting", with: { random: { fraction: 0.5, seed: 1 } } }
baseline: { use: "@leader/baseline-ddnm#ddnm-plus" }
denoiser: { use: "leader#gaussian" }
modulator: { use: "leader#ucpm" }
scheduler: { use: "leader#uniform", with: { steps: ${steps} } }
backend: { use: "${backend}" }
`;

export interface WorkOptions {
  readonly pictures: number;
  readonly steps?: number;
  readonly side?: number;
  readonly backend?: string;
}

/** A folder with `p.yaml` and pictures in `in`. */
export class WorkFolder {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  static async make({ pictures, steps = 3, side = 8, backend }: WorkOptions): Promise<WorkFolder> {
    const folder = new WorkFolder(await mkdtemp(join(tmpdir(), "leader-cli-")));
    await mkdir(folder.at("in"));
    await writeFile(folder.at("p.yaml"), pipelineText(steps, backend));
    for (let i = 0; i < pictures; i++) await writePng(folder.at(`in/p${i}.png`), side, i);
    return folder;
  }

  at(path: string): string {
    return join(this.path, path);
  }

  async remove(): Promise<void> {
    await rm(this.path, { recursive: true, force: true });
  }
}

/** A picture that no other number gives. */
export async function writePng(path: string, side: number, number: number): Promise<void> {
  const raw = Uint8Array.from({ length: 3 * side * side }, (_, i) => (i * 37 + number * 101 + ((i * i) >> 5)) % 256);
  await sharp(raw, { raw: { width: side, height: side, channels: 3 } })
    .png()
    .toFile(path);
}

export type Contents = ReadonlyMap<string, Buffer>;

/** The files in a folder and its subfolders; none where there is no folder. Hidden files only if they are asked for. */
export async function contentsOf(folder: string, hidden = false): Promise<Contents> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const files = entries.filter((entry) => entry.isFile() && (hidden || !entry.name.startsWith(".")));
  const read = files.map(async ({ parentPath, name }) => {
    const path = join(parentPath, name);
    return [path.slice(folder.length + 1), await readFile(path)] as const;
  });
  return new Map(await Promise.all(read));
}

/** Errors: a file that differs from the one of the same name. */
export function requireSame(found: Contents, expected: Contents, what: string): void {
  for (const [name, bytes] of found) {
    const other = expected.get(name);
    if (other === undefined) throw new Error(`${what}: ${name} should not be there`);
    if (!bytes.equals(other))
      throw new Error(`${what}: ${name} is not as in a run that nothing disturbed (${bytes.length} bytes for ${other.length})`);
  }
}

/** Errors: what an interrupted writer leaves beside a result. */
export function requireNoPartials(found: Contents): void {
  const left = [...found.keys()].filter((name) => name.includes(".partial"));
  if (left.length > 0) throw new Error(`left behind: ${left.join(", ")}`);
}

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { writeNpy, type Pipeline } from "leader-restore";
import { noisePicture } from "../photo-pipeline.js";
import { leaderTime, type CommandTime } from "./command-time.js";

/** Times `leader restore` of one measurement, four-fold super-resolution, with a number of evaluations. */
export type RestoreCommand = (evaluations: number) => CommandTime;

/**
 * Hands a command to `use` that restores in a folder of its own. What the first command leaves for later ones is made before.
 * @param pipeline makes the measurement
 * @param kept with what an earlier command has kept, or without
 */
export async function withRestoreCommand<T>(
  pipeline: Pipeline,
  { size, kept }: { readonly size: number; readonly kept: boolean },
  use: (restore: RestoreCommand) => Promise<T>,
): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "leader-bench-"));
  try {
    await writeNpy(join(folder, "y.npy"), await pipeline.degrade(noisePicture(size), { seed: 0 }));
    writeFileSync(join(folder, "p.yaml"), text);
    const environment = { LEADER_CACHE: kept ? join(folder, "kept") : "off" };
    const restore: RestoreCommand = (evaluations) => {
      const steps = ["--set", `scheduler.with.steps=${evaluations}`];
      return leaderTime(folder, ["restore", "y.npy", "-p", "p.yaml", "-o", "x.png", "--overwrite", ...steps], environment);
    };
    restore(1);
    return await use(restore);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const text = `apiVersion: leader/v1
operator: { use: "@leader/operators#super-resolution", with: { method: bicubic, factor: 4 } }
baseline: { use: "@leader/baseline-ddnm#ddnm" }
scheduler: { use: "leader#uniform", with: { steps: 1 } }
`;

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { writeNpy, type Pipeline } from "leader-restore";
import { noisePicture } from "../photo-pipeline.js";
import { leaderTime } from "./command-time.js";
import { rawRuns } from "./raw-evaluations.js";
import { median } from "./statistics.js";

/** Evaluations of the restoration, as of a sampler that reaches its quality early. */
const evaluations = 15;

/** `leader restore` of one measurement from nothing, over bare evaluations of its network. Seconds and ratios, medians of the rounds. */
export interface ColdCommand {
  readonly evaluations: number;
  readonly clockSeconds: number;
  readonly rawSeconds: number;
  readonly processorSeconds: number | undefined;
  readonly rawProcessorSeconds: number;
  readonly overRaw: number;
  readonly processorOverRaw: number | undefined;
}

/**
 * Measures commands in alternation with the raw network. `pipeline` makes the measurement of four-fold super-resolution.
 * @param kept with what an earlier command has kept in a folder of the bench, or without
 */
export async function coldCommand(
  pipeline: Pipeline,
  { size, rounds, kept }: { readonly size: number; readonly rounds: number; readonly kept: boolean },
): Promise<ColdCommand> {
  const folder = mkdtempSync(join(tmpdir(), "leader-bench-"));
  try {
    await writeNpy(join(folder, "y.npy"), await pipeline.degrade(noisePicture(size), { seed: 0 }));
    writeFileSync(join(folder, "p.yaml"), text);
    const environment = { LEADER_CACHE: kept ? join(folder, "kept") : "off" };
    const restore = () => leaderTime(folder, ["restore", "y.npy", "-p", "p.yaml", "-o", "x.png", "--overwrite"], environment);
    // What a command leaves for the next one is made before the first that counts.
    restore();
    const measured: { readonly raw: Awaited<ReturnType<typeof rawRuns>>; readonly command: ReturnType<typeof leaderTime> }[] = [];
    for (let round = 0; round < rounds; round++) measured.push({ command: restore(), raw: await rawRuns(size, evaluations) });
    const of = (f: (one: (typeof measured)[number]) => number): number => median(measured.map(f));
    const known = measured.every(({ command }) => command.processor !== undefined);
    const raw = (one: (typeof measured)[number]): number => (evaluations * median(one.raw.milliseconds)) / 1000;
    const rawProcessor = (one: (typeof measured)[number]): number => (evaluations * one.raw.processorMilliseconds) / 1000;
    return {
      evaluations,
      clockSeconds: of(({ command }) => command.clock),
      rawSeconds: of(raw),
      processorSeconds: known ? of(({ command }) => command.processor ?? NaN) : undefined,
      rawProcessorSeconds: of(rawProcessor),
      overRaw: of((one) => one.command.clock / raw(one)),
      processorOverRaw: known ? of((one) => (one.command.processor ?? NaN) / rawProcessor(one)) : undefined,
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const text = `apiVersion: leader/v1
operator: { use: "@leader/operators#super-resolution", with: { method: bicubic, factor: 4 } }
baseline: { use: "@leader/baseline-ddnm#ddnm" }
scheduler: { use: "leader#uniform", with: { steps: ${evaluations} } }
`;

import {
  coreErrors,
  defineStage,
  levelWalk,
  type LevelWalkState,
  type NoiseSchedule,
  type StageEnvironment,
  type StepScheduler,
} from "@leader/core";
import { z } from "zod";

const options = z
  .strictObject({
    steps: z.array(z.int().min(-1)).min(1).optional().describe("the levels to evaluate, noisiest first"),
    file: z.string().optional().describe("an .npy file with the levels, instead of `steps`"),
    unit: z
      .enum(["timestep", "index"])
      .default("timestep")
      .describe("what the numbers are: training timesteps (-1 is clean) or schedule indices (0 is clean)"),
  })
  .refine(({ steps, file }) => (steps === undefined) !== (file === undefined), { message: "give either `steps` or `file`" });

/**
 * A given list of levels, strictly from noisy to clean; the clean level at its end may be left out.
 * @param indices schedule indices.
 */
export const fixedScheduler = (indices: readonly number[]): StepScheduler<LevelWalkState> => {
  const levels = indices.at(-1) === 0 ? indices.slice(0, -1) : indices;
  checkFalling(levels);
  const walked = [...levels, 0];
  const levelsOn = (schedule: NoiseSchedule): readonly number[] => {
    checkRange(levels, schedule);
    return walked;
  };
  return levelWalk(levelsOn, { maxSteps: () => levels.length, travels: false });
};

function checkFalling(levels: readonly number[]): void {
  const wrong = levels.findIndex((level, i) => !Number.isInteger(level) || level < 1 || level >= (levels[i - 1] ?? Infinity));
  if (wrong < 0 && levels.length > 0) return;
  throw invalid(
    "at least one noisy level, in whole numbers from noisy to clean",
    wrong < 0 ? "none" : `index ${levels[wrong]!} at place ${wrong + 1} of the list`,
  );
}

function checkRange(levels: readonly number[], schedule: NoiseSchedule): void {
  if (levels[0]! < schedule.length) return;
  throw invalid(`indices below ${schedule.length}, the length of the noise schedule`, String(levels[0]!));
}

const invalid = (expected: string, received: string): Error => coreErrors.BAD_ARGUMENT({ function: "fixed", expected, received });

async function create(
  { steps, file, unit }: z.output<typeof options>,
  environment: StageEnvironment,
): Promise<StepScheduler<LevelWalkState>> {
  const listed = steps ?? Array.from((await environment.readArray(file!)).data, Number);
  return fixedScheduler(unit === "index" ? listed : listed.map((timestep) => timestep + 1));
}

export const fixed = defineStage({
  kind: "scheduler",
  summary: "a given list of timesteps",
  options,
  create,
});

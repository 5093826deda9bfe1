import { errors } from "../error-codes.js";
import { nearest } from "../host/nearest.js";
import type { PipelineObject } from "../host/types.js";

/** What can be asked for by name, and the operator that describes it. */
const operators = {
  "super-resolution": "super-resolution",
  denoising: "denoising",
  "gaussian-deblur": "gaussian-blur",
  "motion-deblur": "motion-blur",
  inpainting: "inpainting",
  colorization: "colorization",
} as const;

export type TaskName = keyof typeof operators;

/** Names of the tasks. */
export const taskNames = Object.keys(operators) as readonly TaskName[];

/** A restoration by the name of its task. */
export interface TaskObject {
  readonly task: TaskName;
  /** Options of the operator: `{ factor: 4 }`, `{ sigma: 3 }`, `{ mask: "holes.png" }`, ... */
  readonly with?: Readonly<Record<string, unknown>>;
  /** Standard deviation of the picture's noise for values in [0,1]. Default 0; denoising: 0.1. */
  readonly noise?: number;
  readonly seed?: number;
}

/**
 * The pipeline of a task: DDNM where the measurement is without noise, DDNM+ where it is not, with UCPM and SATP.
 * Errors: `TASK_UNKNOWN`.
 */
export function pipelineOfTask({ task, with: options, noise = task === "denoising" ? 0.1 : 0, seed }: TaskObject): PipelineObject {
  if (!Object.hasOwn(operators, task)) throw errors.TASK_UNKNOWN({ task, similar: nearest(task, taskNames), known: taskNames });
  return {
    noise,
    ...(seed === undefined ? {} : { seed }),
    operator: { use: `@leader/operators#${operators[task]}`, ...(options === undefined ? {} : { with: options }) },
    baseline: { use: noise === 0 ? "@leader/baseline-ddnm#ddnm" : "@leader/baseline-ddnm#ddnm-plus" },
    modulator: { use: "leader#ucpm" },
    scheduler: { use: "leader#satp" },
  };
}

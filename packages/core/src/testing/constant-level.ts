import type { Level, NoiseSchedule } from "../contract/denoiser.js";
import type { Emitter } from "@leader/graph";
import { levelScalars } from "../schedule/noise-schedule.js";

/** A noise level of constants, for tests of traced code without a sampler. */
export function constantLevel(trace: Emitter, schedule: NoiseSchedule, index: number): Level {
  const scalars = levelScalars(schedule, index);
  const of = (value: number) => trace.scalar(value, "float32");
  return {
    index: of(scalars.index),
    timestep: of(scalars.timestep),
    alphaBar: of(scalars.alphaBar),
    sqrtAlphaBar: of(scalars.sqrtAlphaBar),
    sqrtOneMinusAlphaBar: of(scalars.sqrtOneMinusAlphaBar),
    sigma: of(scalars.sigma),
  };
}

import {
  compileSampler,
  runSampler,
  toEngineNoise,
  uniformSteps,
  unitRangeNoise,
  type Backend,
  type HostTensor,
  type LinearOperator,
  type NoiseSource,
  type PriorModulator,
  type SamplerResult,
  type StepScheduler,
  type UncertaintyEstimator,
  type UpdateRule,
} from "@leader/core";
import { referenceBackend } from "@leader/graph/reference";
import { evaluator, normalArray, oracleGraphs, walkScheduler, type GaussianOracle } from "@leader/core/testing";

/** One restoration on an analytic prior. */
export interface OracleTask {
  readonly oracle: GaussianOracle;
  readonly operator: LinearOperator;
  readonly baseline: UpdateRule;
  readonly scheduler?: StepScheduler;
  readonly uncertainty?: UncertaintyEstimator;
  readonly modulator?: PriorModulator;
  readonly y?: HostTensor;
  /** Noise of the measurement, for [0,1] images. Default 0. */
  readonly noise?: number;
  readonly seed?: number;
  /** Of the uniform grid that is walked without a scheduler. Default 20. */
  readonly steps?: number;
  readonly source?: NoiseSource;
  readonly precision?: "float32" | "float64";
  /** Default: the reference interpreter. */
  readonly backend?: Backend;
  readonly inspect?: (step: number, values: ReadonlyMap<string, HostTensor>) => void;
}

/** A draw of the prior, measured. */
export function measurement({ oracle, operator, noise = 0 }: Pick<OracleTask, "oracle" | "operator" | "noise">, seed = 7): HostTensor {
  const clean = evaluator((x) => operator.apply(x), [operator.domain])(Float64Array.from(oracle.sample(seed).data));
  const added = normalArray(operator.range, seed, "measurement");
  return { ...operator.range, data: Float32Array.from(clean, (value, i) => value + 2 * noise * added[i]!) };
}

/** Runs the sampling loop, on the reference backend unless the task names another. */
export async function restore(task: OracleTask): Promise<SamplerResult> {
  const { oracle, operator, baseline, noise = 0, seed = 0, steps = 20, uncertainty, modulator, inspect, precision = "float32" } = task;
  const scheduler = task.scheduler ?? walkScheduler(uniformSteps(oracle.schedule, steps));
  const graphs = oracleGraphs({ oracle, operator, baseline, scheduler, noise, uncertainty, modulator });
  await using sampler = await compileSampler(graphs, task.backend ?? referenceBackend({ precision }));
  return await runSampler(sampler, {
    schedule: oracle.schedule,
    scheduler,
    y: task.y ?? measurement(task),
    sigmaY: toEngineNoise(unitRangeNoise(noise)),
    seed,
    ...(task.source === undefined ? {} : { noise: task.source }),
    ...(inspect === undefined ? {} : { inspect: { names: ["x", "prior.x0", "prior.uncertainty"], see: inspect } }),
  });
}

/** No noise at all: the path of the mean, for samplers that are linear in their noise. */
export const silence: NoiseSource = {
  draw: ({ shape }) => ({ shape, dtype: "float32", data: new Float32Array(shape.reduce((a, b) => a * b, 1)) }),
};

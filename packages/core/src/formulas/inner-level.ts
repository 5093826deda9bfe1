import type { Level, NoiseSchedule } from "../contract/denoiser.js";
import { graphErrors, type HostTensor, type Emitter, type Tensor } from "@leader/graph";
import { constantOf } from "../linear/constants.js";
import { levelScalars, type LevelScalars } from "../schedule/noise-schedule.js";

/** The fields of all levels, by index, and log sigma of the trained ones. */
type Tables = Readonly<Record<Exclude<keyof LevelScalars, "index"> | "logSigma", HostTensor>>;

const known = new WeakMap<NoiseSchedule, Tables>();

function tablesOf(schedule: NoiseSchedule): Tables {
  const found = known.get(schedule);
  if (found !== undefined) return found;
  const levels = Array.from({ length: schedule.length }, (_, index) => levelScalars(schedule, index));
  const table = (values: readonly number[]): HostTensor => ({
    shape: [values.length],
    dtype: "float32",
    data: Float32Array.from(values),
  });
  const made: Tables = {
    timestep: table(levels.map((level) => level.timestep)),
    alphaBar: table(levels.map((level) => level.alphaBar)),
    sqrtAlphaBar: table(levels.map((level) => level.sqrtAlphaBar)),
    sqrtOneMinusAlphaBar: table(levels.map((level) => level.sqrtOneMinusAlphaBar)),
    sigma: table(levels.map((level) => level.sigma)),
    logSigma: table(levels.slice(1).map((level) => Math.log(level.sigma))),
  };
  known.set(schedule, made);
  return made;
}

/**
 * A level whose index is computed in the graph, for rules that call the network between the levels of the sampler. The numbers are those of the
 * schedule, formed in float64.
 * @param index a scalar with a whole value in the schedule; 0 is clean.
 */
export function levelAtIndex(schedule: NoiseSchedule, index: Tensor): Level {
  const tables = tablesOf(schedule);
  const at = index.cast("int32");
  const value = (field: keyof Tables): Tensor => constantOf(index.trace, tables[field]).gather(at, 0);
  return {
    index,
    timestep: value("timestep"),
    alphaBar: value("alphaBar"),
    sqrtAlphaBar: value("sqrtAlphaBar"),
    sqrtOneMinusAlphaBar: value("sqrtOneMinusAlphaBar"),
    sigma: value("sigma"),
  };
}

/**
 * The level of any noise sigma, a scalar above 0. Index and timestep are fractional between trained levels, interpolated in log sigma, and held
 * at the ends of the training.
 * Errors: a schedule of fewer than two trained levels, where nothing can be interpolated.
 */
export function levelAtSigma(schedule: NoiseSchedule, sigma: Tensor): Level {
  const { trace } = sigma;
  const sqrtAlphaBar = trace.scalar(1, "float32").div(sigma.square().add(1).sqrt());
  return {
    ...fractionalIndex(schedule, sigma, trace),
    alphaBar: sqrtAlphaBar.square(),
    sqrtAlphaBar,
    sqrtOneMinusAlphaBar: sigma.mul(sqrtAlphaBar),
    sigma,
  };
}

function fractionalIndex(schedule: NoiseSchedule, sigma: Tensor, trace: Emitter): Pick<Level, "index" | "timestep"> {
  const trained = schedule.length - 1;
  if (trained < 2) {
    throw graphErrors.BAD_ARGUMENT({
      function: "levelAtSigma",
      expected: "a schedule of at least two trained levels",
      received: `${trained}`,
    });
  }
  const tables = tablesOf(schedule);
  const logs = constantOf(trace, tables.logSigma);
  const wanted = sigma.log();
  // The count of trained levels below is the index of the last of them.
  const below = logs
    .less(wanted)
    .cast("float32")
    .sum()
    .clip(1, trained - 1);
  const at = below.cast("int32");
  const before = below.sub(1).cast("int32");
  const low = logs.gather(before, 0);
  const share = wanted.sub(low).div(logs.gather(at, 0).sub(low)).clip(0, 1);
  const timesteps = constantOf(trace, tables.timestep);
  const early = timesteps.gather(at, 0);
  const late = timesteps.gather(below.add(1).cast("int32"), 0);
  return { index: below.add(share), timestep: early.add(late.sub(early).mul(share)) };
}

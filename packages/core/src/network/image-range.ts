import type { Tensor } from "@leader/graph";
import type { Level, NoiseSchedule } from "../contract/denoiser.js";

/** Value range of the images that a network was trained on; the engine's is [-1,1]. */
export type ImageRange = "[-1,1]" | "[0,1]";

/** The affine map from the engine's image values to the network's: u = scale x + offset. */
export interface ValueMap {
  readonly scale: number;
  readonly offset: number;
}

const maps: Readonly<Record<ImageRange, ValueMap>> = { "[-1,1]": { scale: 1, offset: 0 }, "[0,1]": { scale: 0.5, offset: 0.5 } };

export const valueMap = (range: ImageRange): ValueMap => maps[range];

/** One noise level as the network counts it. */
export interface NetworkLevel {
  readonly sqrtAlphaBar: Tensor;
  readonly sqrtOneMinusAlphaBar: Tensor;
  readonly sigma: Tensor;
  readonly alphaBar: Tensor;
  readonly timestep: Tensor;
}

/**
 * The engine's level in the network's image units. Half the value range halves the noise: sigma' = s sigma, and thus
 * alphaBar' = 1 / (1 + sigma'^2), which is another timestep. Nothing here subtracts from 1, so float32 keeps its digits.
 */
export function networkLevel(level: Level, schedule: NoiseSchedule, { scale }: ValueMap): NetworkLevel {
  if (scale === 1) return level;
  const sigma = level.sigma.mul(scale);
  const one = sigma.trace.scalar(1, "float32");
  const sqrtAlphaBar = one.div(sigma.square().add(1).sqrt());
  return {
    sigma,
    sqrtAlphaBar,
    sqrtOneMinusAlphaBar: sigma.mul(sqrtAlphaBar),
    alphaBar: sqrtAlphaBar.square(),
    timestep: timestepAt(level, schedule, scale),
  };
}

/** The training timestep whose noise is `scale` times that of a level, from a table by index; rules may ask for levels between two. */
function timestepAt(level: Level, schedule: NoiseSchedule, scale: number): Tensor {
  const table = Float32Array.from(scaledTimesteps(schedule, scale));
  const values = level.index.trace.constant({ shape: [table.length], dtype: "float32", data: table });
  const below = level.index.floor();
  const share = level.index.sub(below);
  const at = (index: Tensor): Tensor => values.gather(index.minimum(table.length - 1).cast("int32"), 0);
  return at(below)
    .mul(share.neg().add(1))
    .add(at(below.add(1)).mul(share));
}

/** By index: the fractional timestep at which sigma is `scale` sigma(index), interpolated in log sigma and held at the ends of the training. */
export function scaledTimesteps(schedule: NoiseSchedule, scale: number): number[] {
  const sigmas = Array.from(schedule.alphaBar, (a) => Math.sqrt((1 - a) / a));
  return sigmas.map((sigma, index) => {
    if (index === 0) return schedule.timestep[0]!;
    const wanted = Math.log(sigma * scale);
    const above = sigmas.findIndex((s, i) => i > 0 && Math.log(s) >= wanted);
    if (above <= 1) return schedule.timestep[1]!;
    const [low, high] = [Math.log(sigmas[above - 1]!), Math.log(sigmas[above]!)];
    const [before, after] = [schedule.timestep[above - 1]!, schedule.timestep[above]!];
    return before + ((wanted - low) / (high - low)) * (after - before);
  });
}

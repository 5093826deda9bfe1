import { graphErrors } from "@leader/graph";
import type { NoiseSchedule } from "../contract/denoiser.js";

/** The numbers of one noise level in float64, to be rounded once when they enter a graph. */
export interface LevelScalars {
  /** Index in the schedule; 0 is clean. */
  readonly index: number;
  /** Training timestep; -1 at index 0. */
  readonly timestep: number;
  readonly alphaBar: number;
  readonly sqrtAlphaBar: number;
  readonly sqrtOneMinusAlphaBar: number;
  /** sqrt((1 - alphaBar) / alphaBar). */
  readonly sigma: number;
}

/** Noise levels of a network trained with betas that grow linearly (Ho et al. 2020, section 4). The defaults are theirs. */
export function linearBetaSchedule(
  options: { readonly steps?: number; readonly start?: number; readonly end?: number } = {},
): NoiseSchedule {
  const { steps = 1000, start = 1e-4, end = 0.02 } = options;
  requireSteps("linearBetaSchedule", steps);
  return fromBetas(steps, (t) => start + ((end - start) * t) / Math.max(1, steps - 1));
}

/** Noise levels whose betas are squares of a line between the roots of `start` and `end`, as latent diffusion has them. */
export function scaledLinearSchedule(
  options: { readonly steps?: number; readonly start?: number; readonly end?: number } = {},
): NoiseSchedule {
  const { steps = 1000, start = 1e-4, end = 0.02 } = options;
  requireSteps("scaledLinearSchedule", steps);
  const [from, to] = [Math.sqrt(start), Math.sqrt(end)];
  return fromBetas(steps, (t) => (from + ((to - from) * t) / Math.max(1, steps - 1)) ** 2);
}

/** A schedule from the betas of every training timestep. */
export function betaSchedule(betas: ArrayLike<number>): NoiseSchedule {
  requireSteps("betaSchedule", betas.length);
  return fromBetas(betas.length, (t) => betas[t]!);
}

/** Cosine noise levels (Nichol and Dhariwal 2021, equation 17); betas are clipped at 0.999 as they do. */
export function cosineSchedule(options: { readonly steps?: number; readonly offset?: number } = {}): NoiseSchedule {
  const { steps = 1000, offset = 0.008 } = options;
  requireSteps("cosineSchedule", steps);
  const f = (t: number): number => Math.cos((((t / steps + offset) / (1 + offset)) * Math.PI) / 2) ** 2;
  return fromBetas(steps, (t) => Math.min(0.999, 1 - f(t + 1) / f(t)));
}

/** alphaBar that stands for 0 at the last timestep: pure noise, but for a share of at most 1/4096 that float32 still divides by. */
const almostZero = (before: number): number => Math.min(2 ** -24, before / 4);

/**
 * A schedule from the values that a network was trained with.
 * @param trained alphaBar by training timestep 0, 1, ...: in (0, 1) and strictly decreasing. The clean level is added. The last one may
 * be 0 (zero terminal SNR, for networks that predict v or x0): it becomes 2^-24, or a quarter of the one before if that is less.
 */
export function fromAlphaBar(trained: ArrayLike<number>): NoiseSchedule {
  requireSteps("fromAlphaBar", trained.length);
  const last = trained.length - 1;
  const alphaBar = Float64Array.from({ length: trained.length + 1 }, (_, i) => {
    if (i === 0) return 1;
    return i - 1 === last && trained[last] === 0 ? almostZero(trained[last - 1] ?? 1) : trained[i - 1]!;
  });
  const bad = alphaBar.findIndex((value, i) => i > 0 && !(value > 0 && value < alphaBar[i - 1]!));
  if (bad >= 0) {
    const received = `${alphaBar[bad]!} at timestep ${bad - 1}, after ${alphaBar[bad - 1]!}`;
    throw graphErrors.BAD_ARGUMENT({
      function: "noise schedule",
      expected: "alphaBar in (0, 1), strictly decreasing with the timestep",
      received,
    });
  }
  return { length: alphaBar.length, alphaBar, timestep: Float64Array.from(alphaBar, (_, i) => i - 1) };
}

/** Everything that a stage may read of one level. `index` must be in the schedule. */
export function levelScalars(schedule: NoiseSchedule, index: number): LevelScalars {
  const alphaBar = schedule.alphaBar[index];
  const timestep = schedule.timestep[index];
  if (alphaBar === undefined || timestep === undefined) {
    throw graphErrors.BAD_ARGUMENT({
      function: "levelScalars",
      expected: `an index from 0 to ${schedule.length - 1}`,
      received: `${index}`,
    });
  }
  const noise = 1 - alphaBar;
  return {
    index,
    timestep,
    alphaBar,
    sqrtAlphaBar: Math.sqrt(alphaBar),
    sqrtOneMinusAlphaBar: Math.sqrt(noise),
    sigma: Math.sqrt(noise / alphaBar),
  };
}

function fromBetas(steps: number, betaAt: (t: number) => number): NoiseSchedule {
  const alphaBar = new Float64Array(steps);
  let product = 1;
  for (let t = 0; t < steps; t++) {
    product *= 1 - betaAt(t);
    alphaBar[t] = product;
  }
  return fromAlphaBar(alphaBar);
}

function requireSteps(name: string, steps: number): void {
  if (!Number.isInteger(steps) || steps < 1)
    throw graphErrors.BAD_ARGUMENT({ function: name, expected: "at least one step", received: `${steps}` });
}

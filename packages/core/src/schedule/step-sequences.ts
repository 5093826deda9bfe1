import { graphErrors } from "@leader/graph";
import type { NoiseSchedule } from "../contract/denoiser.js";

/**
 * Which levels of a schedule a sampler visits: pure functions from a count of steps to schedule indices, noisiest first,
 * ending with 0. Training timestep t is index t + 1.
 */

/**
 * Evenly spaced levels, as DDRM, DDNM and most others use them: timesteps (T-1-k) * floor(trained / T).
 * The first is below the noisiest level unless T is the length of training.
 * @returns `steps` + 1 indices.
 */
export function uniformSteps(schedule: NoiseSchedule, steps: number): readonly number[] {
  const skip = spacing("uniformSteps", schedule, steps);
  return [...Array.from({ length: steps }, (_, k) => (steps - 1 - k) * skip + 1), 0];
}

/** How far and how often time travel goes back. */
export interface TimeTravel {
  /** Number of levels of the uniform grid. */
  readonly steps: number;
  /** Levels to go back at a time. */
  readonly travelLength: number;
  /** How often each stretch is walked; 1 means no travel. */
  readonly travelRepeat: number;
}

/**
 * Evenly spaced levels with resampling (RePaint, Lugmayr et al. 2022, algorithm 1 and section 4.2): the walk goes down, and
 * jumps back up step by step. A pair of indices that falls is a denoising step, one that rises adds noise.
 */
export function timeTravelSteps(schedule: NoiseSchedule, travel: TimeTravel): readonly number[] {
  const skip = spacing("timeTravelSteps", schedule, travel.steps);
  return timeTravelWalk(travel).map((position) => (position < 0 ? 0 : position * skip + 1));
}

/** The walk of `timeTravelSteps` as positions of the uniform grid: `steps` - 1 is the noisiest, -1 is clean. */
export function timeTravelWalk({ steps, travelLength, travelRepeat }: TimeTravel): readonly number[] {
  for (const [name, value] of Object.entries({ steps, travelLength, travelRepeat })) requirePositive("timeTravelWalk", name, value);
  const jumps = new Map<number, number>();
  for (let j = 0; j < steps - travelLength; j += travelLength) jumps.set(j, travelRepeat - 1);
  const walk: number[] = [];
  let position = steps;
  while (position >= 1) {
    walk.push(--position);
    const left = jumps.get(position) ?? 0;
    if (left === 0) continue;
    jumps.set(position, left - 1);
    for (let i = 0; i < travelLength; i++) walk.push(++position);
  }
  return [...walk, -1];
}

/**
 * Quadratic spacing that is dense near the clean end (the timestep-aware schedule of EquS+): timesteps
 * floor((sqrt(last) (1 - k/(T-1)))^2). The first level is visited several times when T is large: drop repetitions where
 * every step must descend.
 */
export function timestepAwareSteps(schedule: NoiseSchedule, steps: number): readonly number[] {
  requireGrid("timestepAwareSteps", schedule, steps, 2);
  const root = Math.sqrt(schedule.length - 2);
  return [...Array.from({ length: steps }, (_, k) => Math.floor((root * (1 - k / (steps - 1))) ** 2) + 1), 0];
}

/** Square-root spacing that is dense near the clean end (DiffPIR, Zhu et al. 2023, option `quad`): timesteps last - floor(sqrt(i/(T-1)) trained). */
export function squareRootSteps(schedule: NoiseSchedule, steps: number): readonly number[] {
  requireGrid("squareRootSteps", schedule, steps, 2);
  const trained = schedule.length - 1;
  // The square root is taken last, so that exact squares do not fall below their root.
  const passed = Array.from({ length: steps }, (_, i) => Math.min(trained - 1, Math.floor(Math.sqrt((i / (steps - 1)) * trained ** 2))));
  return [...passed.map((q) => trained - q), 0];
}

/** Spacing by noise, as `karrasSteps` has it. */
export interface KarrasGrid {
  /** Number of levels. */
  readonly steps: number;
  /** Noise of the first and of the last level, in units of the rescaled state x0 + sigma z; the nearest trained levels stand for them. */
  readonly sigmaMax: number;
  readonly sigmaMin: number;
  /** Curvature of the grid: the larger, the denser near the clean end. */
  readonly rho: number;
}

/**
 * Levels whose sigma^(1/rho) is evenly spaced (Karras et al. 2022, eq. 5; DAPS with sigma from 100 to 0.1), each at the trained level of the nearest
 * sigma: repetitions are possible where trained levels are coarse.
 */
export function karrasSteps(schedule: NoiseSchedule, { steps, sigmaMax, sigmaMin, rho }: KarrasGrid): readonly number[] {
  requireGrid("karrasSteps", schedule, steps, 2);
  if (!(sigmaMin > 0 && sigmaMax > sigmaMin && rho > 0)) {
    throw graphErrors.BAD_ARGUMENT({
      function: "karrasSteps",
      expected: "0 < `sigmaMin` < `sigmaMax` and `rho` above 0",
      received: `${sigmaMin}, ${sigmaMax} and ${rho}`,
    });
  }
  const [first, last] = [sigmaMax ** (1 / rho), sigmaMin ** (1 / rho)];
  const wanted = Array.from({ length: steps }, (_, i) => (first + (i / (steps - 1)) * (last - first)) ** rho);
  return [...wanted.map((sigma) => nearestTrained(schedule, sigma)), 0];
}

/** The lowest noisy level with at least this noise, or the highest. @param sigma of the rescaled state x0 + sigma z, images in [-1,1] */
export function levelWithNoise({ alphaBar, length }: NoiseSchedule, sigma: number): number {
  const level = alphaBar.findIndex((a, i) => i > 0 && sigmaOf(a) >= sigma);
  return level < 0 ? length - 1 : level;
}

function nearestTrained(schedule: NoiseSchedule, wanted: number): number {
  const above = levelWithNoise(schedule, wanted);
  const [below, least] = [above - 1, above].map((level) => sigmaOf(schedule.alphaBar[level]!));
  return above > 1 && wanted - below! < least! - wanted ? above - 1 : above;
}

const sigmaOf = (alphaBar: number): number => Math.sqrt((1 - alphaBar) / alphaBar);

function spacing(name: string, schedule: NoiseSchedule, steps: number): number {
  requireGrid(name, schedule, steps, 1);
  return Math.floor((schedule.length - 1) / steps);
}

function requireGrid(name: string, schedule: NoiseSchedule, steps: number, least: number): void {
  const trained = schedule.length - 1;
  if (!Number.isInteger(steps) || steps < least || steps > trained) {
    throw graphErrors.BAD_ARGUMENT({
      function: name,
      expected: `from ${least} to ${trained} steps, the length of the schedule`,
      received: `${steps}`,
    });
  }
}

function requirePositive(name: string, argument: string, value: number): void {
  if (!Number.isInteger(value) || value < 1)
    throw graphErrors.BAD_ARGUMENT({ function: name, expected: `\`${argument}\` of at least 1`, received: `${value}` });
}

import { describe, expect, it } from "vitest";
import type { Level } from "../contract/denoiser.js";
import type { Tensor } from "@leader/graph";
import { fromAlphaBar, levelScalars, linearBetaSchedule } from "../schedule/noise-schedule.js";
import { evaluator } from "@leader/graph/testing";
import { levelAtIndex, levelAtSigma } from "./inner-level.js";
import { levelFields } from "../engine/trace-context.js";

const schedule = linearBetaSchedule();
const scalar = { shape: [], dtype: "float32" } as const;

/** The fields of a level that is computed from one number. */
function fields(make: (value: Tensor) => Level, value: number): Readonly<Record<(typeof levelFields)[number], number>> {
  const compute = evaluator(
    (x) => {
      const level = make(x);
      const [first, ...rest] = levelFields.map((field) => level[field].reshape([1]));
      return first!.concat(rest, 0);
    },
    [scalar],
  );
  const values = compute(Float64Array.of(value));
  return Object.fromEntries(levelFields.map((field, i) => [field, values[i]!])) as Record<(typeof levelFields)[number], number>;
}

describe("a level between those of the sampler", () => {
  it.each([0, 1, 27, 500, 1000])("has the numbers of the schedule at index %i", (index) => {
    const level = fields((x) => levelAtIndex(schedule, x), index);
    for (const field of levelFields) expect(level[field]).toBeCloseTo(levelScalars(schedule, index)[field], field === "sigma" ? 4 : 6);
  });

  it.each([1, 2, 27, 500, 1000])("has them too where the noise is that of index %i", (index) => {
    const scalars = levelScalars(schedule, index);
    const level = fields((x) => levelAtSigma(schedule, x), scalars.sigma);
    for (const field of levelFields) {
      expect(Math.abs(level[field] - scalars[field])).toBeLessThanOrEqual(1e-4 * Math.max(1, Math.abs(scalars[field])));
    }
  });

  // Nearest timesteps of the noise of the schedule of 1000 steps.
  it.each([
    [0.05, 11],
    [0.1, 26],
    [1, 258],
    [10, 674],
    [80, 930],
  ])("lies near the published timestep of noise %f: %i", (sigma, timestep) => {
    const level = fields((x) => levelAtSigma(schedule, x), sigma);
    expect(Math.round(level.timestep)).toBe(timestep);
    expect(level.index).toBeCloseTo(level.timestep + 1, 5);
    expect(level.alphaBar).toBeCloseTo(1 / (1 + sigma ** 2), 7);
    expect(level.sqrtAlphaBar ** 2 + level.sqrtOneMinusAlphaBar ** 2).toBeCloseTo(1, 7);
  });

  it("is held at the ends of the training", () => {
    expect(fields((x) => levelAtSigma(schedule, x), 1e-4)).toMatchObject({ timestep: 0, index: 1 });
    expect(fields((x) => levelAtSigma(schedule, x), 1e4)).toMatchObject({ timestep: 999, index: 1000 });
  });

  it("needs two trained levels to lie between", () => {
    expect(() => fields((x) => levelAtSigma(fromAlphaBar([0.5]), x), 1)).toThrow(/at least two trained levels/);
  });
});

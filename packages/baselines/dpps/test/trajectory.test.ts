import { measuredImage, type LinearOperator } from "@leader/core";
import {
  denseOperator,
  drawnNoise,
  evaluator,
  gaussianOracle,
  norm,
  oracleMeasurement,
  relativeError,
  restatedGuidance,
  testOperators,
  walkOracle,
  weightedSum,
  withLearnedVariance,
} from "@leader/core/testing";
import { describe, expect, it } from "vitest";
import { dpps, type DppsOptions } from "../src/dpps.js";

const oracle = withLearnedVariance(gaussianOracle({ shape: [1, 1, 8, 8], seed: 3, deviation: [0.3, 0.9] }));
const { image, schedule } = oracle;
const operators = testOperators(image);
const levels = [1000, 999, 801, 401, 351, 91, 11, 1, 0];
const seed = 5;
const standard: DppsOptions = { scale: 0.05, candidates: 7, mode: "corrected", clip: true, variance: "posterior" };

/** DPPS from the equations of the specification. */
function restated(operator: LinearOperator, y: Float64Array, options: DppsOptions): Float64Array {
  const dense = denseOperator(operator);
  const ab = (index: number): number => schedule.alphaBar[index]!;
  const enlarged = evaluator((value) => measuredImage(operator, value, "nearest"), [operator.range])(y);
  const first = levels[0]!;
  return restatedGuidance(
    { oracle, operator, y, levels, seed },
    {
      ...options,
      scale: () => options.scale,
      start: weightedSum([Math.sqrt(ab(first)), enlarged], [Math.sqrt(1 - ab(first)), drawnNoise("init", 0, image.shape, seed)]),
      next({ from, to, number, epsilon, noised }) {
        const count = Math.floor(Math.max(options.candidates * (1 - Math.exp(-ab(from) / (1 - ab(from)))), 2));
        const states = Array.from({ length: count }, (_, j) => noised(drawnNoise(`z.${j}`, number, image.shape, seed)));
        const misfits = states.map((u) => {
          const clean = weightedSum([1, u], [-Math.sqrt(1 - ab(to)), epsilon]);
          return norm(weightedSum([Math.sqrt(ab(to)), y], [-1, dense.apply(clean)]));
        });
        return states[misfits.indexOf(Math.min(...misfits))]!;
      },
    },
  );
}

describe.each<readonly [string, Partial<DppsOptions>]>([
  ["corrected", {}],
  ["faithful", { mode: "faithful", scale: 0.5 }],
  ["unclipped, larger variance, two candidates", { clip: false, variance: "upper", candidates: 2 }],
  ["learned variance", { variance: "learned" }],
])("%s", (_name, changes) => {
  const options = { ...standard, ...changes };
  it.each(Object.entries(operators))("follows its equations over a whole trajectory: %s", async (_operator, operator) => {
    const y = Float64Array.from(oracleMeasurement(oracle, operator, 0.05));
    const { x, evaluations } = await walkOracle({ oracle, baseline: dpps(options), operator, noise: 0.05, levels, seed, y });
    expect(relativeError(x, restated(operator, y, options))).toBeLessThanOrEqual(1e-4);
    expect(evaluations).toBe(levels.length - 1);
  });
});

it("starts from a small picture by the nearest pixels", async () => {
  const y = Float64Array.from({ length: 16 }, (_, i) => i);
  const enlarged = evaluator((value) => measuredImage(operators.pooling, value, "nearest"), [operators.pooling.range])(y);
  expect(enlarged).toEqual(Float64Array.from({ length: 64 }, (_, i) => 4 * Math.floor(i / 16) + Math.floor((i % 8) / 2)));
});

it("chooses for every image of a batch, and one for all of it if faithful", async () => {
  const two = gaussianOracle({ shape: [2, 1, 8, 8], seed: 3, deviation: [0.3, 0.9] });
  const operator = testOperators(two.image).mask;
  const y = oracleMeasurement(two, operator, 0);
  const last = async (mode: DppsOptions["mode"], scale: number, measured: Float32Array): Promise<Float64Array> => {
    const baseline = dpps({ ...standard, mode, scale });
    return (await walkOracle({ oracle: two, operator, baseline, levels: [401, 201, 0], y: measured })).x.subarray(64);
  };
  // Without guidance the only thing that joins the images is the choice.
  const changed = Float32Array.from(y, (value, i) => (i < 64 ? -2 * value : value));
  expect(await last("corrected", 0, changed)).toEqual(await last("corrected", 0, y));
  expect(await last("faithful", 0, changed)).not.toEqual(await last("faithful", 0, y));
});

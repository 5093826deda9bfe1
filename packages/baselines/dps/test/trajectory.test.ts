import type { LinearOperator, UpdateRule } from "@leader/core";
import {
  denseOperator,
  drawnNoise,
  evaluator,
  expectSteinLemma,
  gaussianOracle,
  oracleMeasurement,
  relativeError,
  restatedGuidance,
  steinAgainstExact,
  testOperators,
  walkOracle,
  weightedSum,
  withLearnedVariance,
} from "@leader/core/testing";
import { describe, expect, it } from "vitest";
import { dps, type DpsOptions } from "../src/dps.js";
import { mcg } from "../src/mcg.js";

const oracle = withLearnedVariance(gaussianOracle({ shape: [1, 1, 8, 8], seed: 3, deviation: [0.3, 0.9] }));
const { image } = oracle;
const { mask, blur, circulant, pooling } = testOperators(image);
const levels = [1000, 999, 801, 401, 351, 91, 11, 1, 0];
const standard: DpsOptions = { scale: 0.05, mode: "corrected", clip: true, variance: "posterior" };

interface Task {
  readonly operator: LinearOperator;
  readonly y: Float64Array;
  readonly options: DpsOptions;
}

/** Either method from the equations of the specification. */
function restated({ operator, y, options }: Task, projected: boolean): Float64Array {
  const walk = { oracle, operator, y, levels, seed: 5 };
  const method = { ...options, scale: () => options.scale };
  if (!projected) return restatedGuidance(walk, method);
  const inverse = evaluator((r) => operator.pinv!(r), [operator.range]);
  const dense = denseOperator(operator);
  const inRange = (v: Float64Array): Float64Array => inverse(dense.apply(v));
  return restatedGuidance(walk, {
    ...method,
    next({ from, to, number, noised }) {
      const z = drawnNoise("z", number, image.shape, 5);
      const open = noised(z);
      const at = oracle.schedule.alphaBar[options.mode === "faithful" ? from : to]!;
      return weightedSum([1, open], [-1, inRange(open)], [Math.sqrt(at), inverse(y)], [Math.sqrt(1 - at), inRange(z)]);
    },
  });
}

async function difference(rule: UpdateRule, task: Task, noise: number, projected: boolean): Promise<number> {
  const { x } = await walkOracle({ oracle, baseline: rule, operator: task.operator, noise, levels, seed: 5, y: task.y });
  return relativeError(x, restated(task, projected));
}

const operators = { mask, blur, circulant, pooling };
const variants: readonly (readonly [string, Partial<DpsOptions>])[] = [
  ["corrected", {}],
  ["faithful", { mode: "faithful", scale: 0.5 }],
  ["unclipped, larger variance", { clip: false, variance: "upper" }],
  ["learned variance", { variance: "learned" }],
];

describe.each(variants)("%s", (_name, changes) => {
  const options = { ...standard, ...changes };
  it.each(Object.entries(operators))("DPS follows its equations over a whole trajectory: %s", async (_operator, operator) => {
    const y = Float64Array.from(oracleMeasurement(oracle, operator, 0.05));
    expect(await difference(dps(options), { operator, y, options }, 0.05, false)).toBeLessThanOrEqual(1e-4);
  });
  it.each(Object.entries(operators))("MCG follows its equations over a whole trajectory: %s", async (_operator, operator) => {
    const y = Float64Array.from(oracleMeasurement(oracle, operator, 0));
    expect(await difference(mcg(options), { operator, y, options }, 0, true)).toBeLessThanOrEqual(1e-4);
  });
});

it("takes one network evaluation a step: the derivative repeats none", async () => {
  const y = Float64Array.from(oracleMeasurement(oracle, mask, 0));
  const { evaluations } = await walkOracle({ oracle, baseline: dps(standard), operator: mask, levels, y });
  expect(evaluations).toBe(levels.length - 1);
});

it("stays where it is if the estimate fits", async () => {
  // With no pixel measured there is nothing to fit, and |r| = 0 must not become 0 / 0.
  const blind: LinearOperator = { ...mask, apply: (x) => x.mul(0), adjoint: (y) => y.mul(0) };
  const { x } = await walkOracle({ oracle, baseline: dps(standard), operator: blind, levels });
  expect(x.every(Number.isFinite)).toBe(true);
});

describe("the fresh noise that is reported is what made the state", () => {
  const large = gaussianOracle({ shape: [64, 1, 8, 8], seed: 3 });
  const wide = testOperators(large.image);
  it.each([
    ["dps", dps({ ...standard, clip: false })],
    ["mcg", mcg({ ...standard, clip: false })],
  ])("%s", async (_name, baseline) => {
    const y = oracleMeasurement(large, wide.mask, 0);
    const walked = { oracle: large, baseline, operator: wide.mask, y, uncertainty: steinAgainstExact };
    expectSteinLemma(await walkOracle({ ...walked, levels: [1000, 701, 401, 201, 0] }), 0.2);
  });
});

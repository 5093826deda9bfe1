import { levelScalars, type LinearOperator } from "@leader/core";
import {
  constantLevel,
  denseOperator,
  drawnNoise,
  evaluator,
  gaussianOracle,
  oracleMeasurement,
  oracleNetwork,
  relativeError,
  restatedSpread,
  testOperators,
  walkOracle,
  weightedSum,
  withLearnedVariance,
} from "@leader/core/testing";
import { describe, expect, it } from "vitest";
import { jacobian, type HaarPrior } from "../src/haar-jacobian.js";
import { zaps, type ZapsOptions } from "../src/zaps.js";

const side = 8;
const n = side * side;
const oracle = withLearnedVariance(gaussianOracle({ shape: [1, 1, side, side], seed: 3, deviation: [0.3, 0.9] }));
const { image, schedule } = oracle;
const operators = testOperators(image);
const levels = [1000, 999, 801, 401, 351, 91, 11, 1, 0];
const standard: ZapsOptions = { scale: 0.5, scales: 2, texture: 0.2, contrast: 0.6, clip: true, variance: "posterior" };

/** The orthonormal two-dimensional Haar basis, one vector a row, and the standard deviation of each coefficient. */
function haarBasis({ scales, texture, contrast }: HaarPrior): readonly { readonly vector: Float64Array; readonly deviation: number }[] {
  const basis: { vector: Float64Array; deviation: number }[] = [];
  const add = (top: number, left: number, block: number, sign: (down: boolean, right: boolean) => number, deviation: number): void => {
    const vector = new Float64Array(n);
    for (let r = 0; r < block; r++)
      for (let c = 0; c < block; c++) vector[(top + r) * side + left + c] = sign(2 * r >= block, 2 * c >= block) / block;
    basis.push({ vector, deviation });
  };
  for (let scale = 1; scale <= scales; scale++) {
    const block = 2 ** scale;
    for (let top = 0; top < side; top += block) {
      for (let left = 0; left < side; left += block) {
        const deviation = texture * 2 ** (scale - 1);
        add(top, left, block, (down) => (down ? -1 : 1), deviation);
        add(top, left, block, (_, right) => (right ? -1 : 1), deviation);
        add(top, left, block, (down, right) => (down === right ? 1 : -1), deviation);
        if (scale === scales) add(top, left, block, () => 1, contrast * block);
      }
    }
  }
  return basis;
}

const product = (a: Float64Array, b: Float64Array): number => a.reduce((sum, value, i) => sum + value * b[i]!, 0);

/** J v by the basis. */
const restatedJacobian = (v: Float64Array, a: number, prior: HaarPrior): Float64Array =>
  haarBasis(prior).reduce<Float64Array>((sum, { vector, deviation }) => {
    const d = -1 / (a * deviation ** 2 + 1 - a);
    return weightedSum([1, sum], [((1 + (1 - a) * d) / Math.sqrt(a)) * product(vector, v), vector]);
  }, new Float64Array(n));

/** The published parts of ZAPS from the equations of the specification. */
function restated(operator: LinearOperator, y: Float64Array, options: ZapsOptions): Float64Array {
  const network = oracleNetwork(oracle);
  const dense = denseOperator(operator);
  let x = drawnNoise("init", 0, image.shape, 5);
  for (let k = 0; k < levels.length - 1; k++) {
    const [a, b] = [schedule.alphaBar[levels[k]!]!, schedule.alphaBar[levels[k + 1]!]!];
    const x0 = network(x, levels[k]!).x0.map((value) => (options.clip ? Math.min(1, Math.max(-1, value)) : value));
    const pull = restatedJacobian(dense.adjoint(weightedSum([1, y], [-1, dense.apply(x0)])), a, options);
    const beta = 1 - a / b;
    const [spread, z] = [restatedSpread(options.variance, x, a, b), drawnNoise("z", k + 1, image.shape, 5)];
    x = weightedSum(
      [(Math.sqrt(b) * beta) / (1 - a), x0],
      [((1 - b) * Math.sqrt(a / b)) / (1 - a), x],
      [options.scale, pull],
      [1, z.map((value, i) => spread[i]! * value)],
    );
  }
  return x;
}

describe.each<readonly [string, Partial<ZapsOptions>]>([
  ["two scales", {}],
  ["three scales, unclipped, larger variance", { scales: 3, clip: false, variance: "upper" }],
  ["learned variance", { variance: "learned" }],
])("%s", (_name, changes) => {
  const options = { ...standard, ...changes };
  it.each(Object.entries(operators))("follows its equations over a whole trajectory: %s", async (_operator, operator) => {
    const y = Float64Array.from(oracleMeasurement(oracle, operator, 0.05));
    const { x, evaluations } = await walkOracle({ oracle, baseline: zaps(options), operator, noise: 0.05, levels, seed: 5, y });
    expect(relativeError(x, restated(operator, y, options))).toBeLessThanOrEqual(1e-4);
    expect(evaluations).toBe(levels.length - 1);
  });
});

describe("the derivative", () => {
  const at = (index: number, prior: HaarPrior) => evaluator((v) => jacobian(v, constantLevel(v.trace, schedule, index), prior), [image]);
  const v = drawnNoise("v", 0, image.shape, 1);

  it("is that of the optimal network where the prior is as assumed", () => {
    // Independent pixels of one spread have Haar coefficients of the same one: a single scale with equal details and means.
    const white: HaarPrior = { scales: 1, texture: 0.4, contrast: 0.2 };
    for (const index of [1, 300, 1000]) {
      const { alphaBar: a } = levelScalars(schedule, index);
      const gain = (Math.sqrt(a) * 0.16) / (a * 0.16 + 1 - a);
      expect(
        relativeError(
          at(index, white)(v),
          v.map((value) => gain * value),
        ),
      ).toBeLessThan(1e-6);
    }
  });

  it("is symmetric", () => {
    const w = drawnNoise("w", 0, image.shape, 1);
    const apply = at(300, { scales: 3, texture: 0.1, contrast: 0.5 });
    expect(product(apply(v), w)).toBeCloseTo(product(v, apply(w)), 8);
  });
});

it("refuses images that cannot be halved as often", async () => {
  const odd = gaussianOracle({ shape: [1, 1, 4, 6], seed: 3 });
  await expect(walkOracle({ oracle: odd, baseline: zaps(standard), levels })).rejects.toMatchObject({ code: "LEADER_BAD_ARGUMENT" });
});

import { linearOperator, type LinearOperator, type UpdateRule } from "@leader/core";
import {
  drawnNoise,
  evaluator,
  gaussianOracle,
  meanSquareError,
  noiseVariances,
  oracleMeasurement,
  oracleNetwork,
  relativeError,
  testOperators,
  walkOracle,
  weightedSum,
  type MeasuredWalk,
} from "@leader/core/testing";
import { describe, expect, it } from "vitest";
import { projdiffScalar } from "../src/projdiff-scalar.js";
import { projdiff } from "../src/projdiff.js";

const oracle = gaussianOracle({ shape: [1, 1, 8, 8], seed: 3 });
const operators = testOperators(oracle.image);
/** Crosses the level of the measurements below, which lies near indices 20 to 130. */
const levels = [991, 801, 401, 351, 91, 31, 11, 1, 0];

interface Options {
  readonly stepSize: number;
  readonly eta: number;
}

type Task = Omit<MeasuredWalk, "baseline" | "levels">;

const ab = (index: number): number => oracle.schedule.alphaBar[index]!;
const network = oracleNetwork(oracle);
const tweedie = (x: Float64Array, index: number): Float64Array => network(x, index).x0;

/** The estimate that every variant starts from. */
function start(seed: number): Float64Array {
  return tweedie(weightedSum([Math.sqrt(1 - ab(levels[0]!)), drawnNoise("init", 0, oracle.image.shape, seed)]), levels[0]!);
}

function noiseFreeRestated({ stepSize }: Options, { operator, y, seed = 0 }: Task): Float64Array {
  const pinv = evaluator((r) => operator.pinv!(r), [operator.range]);
  const apply = evaluator((x) => operator.apply(x), [operator.domain]);
  let x0 = start(seed);
  levels.slice(0, -1).forEach((t, k) => {
    const x = weightedSum([Math.sqrt(ab(t)), x0], [Math.sqrt(1 - ab(t)), drawnNoise("z", k, oracle.image.shape, seed)]);
    x0 = weightedSum([1, x0], [stepSize, weightedSum([1, tweedie(x, t)], [-1, x0])]);
    x0 = weightedSum([1, x0], [1, pinv(weightedSum([1, Float64Array.from(y)], [-1, apply(x0)]))]);
  });
  return x0;
}

function scalarRestated({ stepSize, eta }: Options, s: number, { operator, y, noise = 0, seed = 0 }: Task): Float64Array {
  const pinv = evaluator((r) => operator.pinv!(r), [operator.range]);
  const apply = evaluator((x) => operator.apply(x), [operator.domain]);
  const shape = oracle.image.shape;
  const ao = 1 / (1 + (2 * noise) ** 2 / s ** 2);
  let x0 = start(seed);
  let xObs = weightedSum([Math.sqrt(ao), x0], [Math.sqrt(1 - ao), drawnNoise("observed", 0, shape, seed)]);
  levels.slice(0, -1).forEach((t, k) => {
    const a = ab(t);
    const z = drawnNoise("z", k, shape, seed);
    if (a <= ao) {
      x0 = tweedie(weightedSum([Math.sqrt(a / ao), xObs], [Math.sqrt(1 - a / ao), z]), t);
      const drawn = weightedSum([Math.sqrt(ao), x0], [Math.sqrt(1 - ao), drawnNoise("observed", k + 1, shape, seed)]);
      xObs = weightedSum([1, drawn], [1, pinv(weightedSum([Math.sqrt(ao), Float64Array.from(y)], [-1, apply(drawn)]))]);
      return;
    }
    const n = weightedSum([1 / Math.sqrt(1 - ao), xObs], [-Math.sqrt(ao / (1 - ao)), x0]);
    const x = weightedSum([Math.sqrt(a), x0], [Math.sqrt((1 - a) * (1 - eta ** 2)), n], [eta * Math.sqrt(1 - a), z]);
    x0 = weightedSum([1 - stepSize, x0], [stepSize, tweedie(x, t)]);
  });
  return x0;
}

/** Both images as coefficients, the auxiliary one kept as the released code does. */
function spectralRestated({ stepSize, eta }: Options, { operator, y, noise = 0, seed = 0 }: Task): Float64Array {
  const svd = operator.svd!;
  const coefficients = { shape: svd.shape, dtype: "float32" } as const;
  const [v, vt] = [evaluator((c) => svd.v(c), [coefficients]), evaluator((x) => svd.vt(x), [operator.domain])];
  const measured = evaluator((r) => svd.ut(r), [operator.range])(Float64Array.from(y));
  const s = evaluator((c) => c.mul(0).add(c.trace.constant(svd.singularValues)), [coefficients])(drawnNoise("any", 0, svd.shape, 0));
  const ao = s.map((si) => (si > 0 ? 1 / (1 + (2 * noise) ** 2 / si ** 2) : 1));
  let c0 = vt(start(seed));
  let co = c0;
  levels.slice(0, -1).forEach((t, k) => {
    const a = ab(t);
    const z = drawnNoise("z", k, svd.shape, seed);
    const larger = ao.map((value) => (value >= a ? 1 : 0));
    const state = ao.map((aoi, i) => {
      // Before the first projection x_obs is noise around x0, which with z is as good as the noise z of the level.
      if (k === 0) return Math.sqrt(a) * c0[i]! + Math.sqrt(1 - a) * z[i]!;
      if (larger[i] === 1) return Math.sqrt(a / aoi) * co[i]! + Math.sqrt(1 - a / aoi) * z[i]!;
      const n = (co[i]! - Math.sqrt(aoi) * c0[i]!) / Math.sqrt(1 - aoi);
      return Math.sqrt(a) * c0[i]! + Math.sqrt(1 - a) * (Math.sqrt(1 - eta ** 2) * n + eta * z[i]!);
    });
    const cn = vt(tweedie(v(state), t));
    c0 = c0.map((value, i) => (larger[i] === 1 ? cn[i]! : (1 - stepSize) * value + stepSize * cn[i]!));
    co = co.map((value, i) =>
      s[i]! > 0 ? (Math.sqrt(ao[i]!) * measured[i]!) / s[i]! : larger[i] === 1 ? Math.sqrt(ao[i]!) * cn[i]! : value,
    );
  });
  return v(c0);
}

async function run(baseline: UpdateRule, task: Task): Promise<Float64Array> {
  const { x, evaluations } = await walkOracle({ ...task, baseline, levels });
  expect(evaluations).toBe(levels.length);
  return x;
}

const taskOn = (operator: LinearOperator, noise: number): Task => ({
  oracle,
  operator,
  noise,
  seed: 5,
  y: oracleMeasurement(oracle, operator, noise),
});

describe("ProjDiff follows its equations over a whole trajectory", () => {
  it.each([
    ["pooling", 1.7],
    ["mask", 1],
    ["blur", 0.8],
    ["circulant", 0.9],
  ] as const)("noise-free: %s, step %f", async (name, stepSize) => {
    const options = { stepSize, eta: 0, spectral: false };
    const task = taskOn(operators[name], 0);
    expect(relativeError(await run(projdiff(options), task), noiseFreeRestated(options, task))).toBeLessThanOrEqual(1e-4);
  });

  it.each([
    ["pooling", 0.5, 0.05, { stepSize: 0.4, eta: 0 }],
    ["pooling", 0.5, 0.01, { stepSize: 1.5, eta: 0.6 }],
    ["mask", 1, 0.05, { stepSize: 1.1, eta: 0 }],
    ["mask", 1, 0.5, { stepSize: 0.5, eta: 1 }],
  ] as const)("noisy, one singular value: %s of %f, noise %f, %o", async (name, s, noise, options) => {
    const task = taskOn(operators[name], noise);
    const expected = scalarRestated(options, s, task);
    expect(relativeError(await run(projdiff({ ...options, spectral: false }), task), expected)).toBeLessThanOrEqual(1e-4);
    expect(relativeError(await run(projdiffScalar({ ...options, singularValue: s }), task), expected)).toBeLessThanOrEqual(1e-4);
  });

  it.each([
    ["blur", 0.01, { stepSize: 0.1, eta: 0 }],
    ["blur", 0.1, { stepSize: 0.5, eta: 0.7 }],
    ["circulant", 0.05, { stepSize: 1, eta: 0 }],
    ["pooling", 0.05, { stepSize: 0.4, eta: 0 }],
  ] as const)("noisy, by singular values: %s, noise %f, %o", async (name, noise, options) => {
    const task = taskOn(operators[name], noise);
    expect(relativeError(await run(projdiff({ ...options, spectral: true }), task), spectralRestated(options, task))).toBeLessThanOrEqual(
      1e-4,
    );
  });

  it("chooses by the operator: many singular values need the spectral variant", async () => {
    const task = taskOn(operators.blur, 0.05);
    const options = { stepSize: 0.5, eta: 0 };
    expect(await run(projdiff({ ...options, spectral: false }), task)).toEqual(await run(projdiff({ ...options, spectral: true }), task));
  });
});

describe("the states of ProjDiff above the noise of the measurement", () => {
  it("have variance 1-a around sqrt(a) x for A = 1, whatever the prior", async () => {
    const wide = gaussianOracle({ shape: [256, 1, 6, 6], seed: 1 });
    const same = (x: Parameters<LinearOperator["apply"]>[0]) => x.mul(1);
    const identity = linearOperator({ name: "identity", domain: wide.image, apply: same, pinv: same });
    const noise = 0.1;
    const truth = Float64Array.from(wide.sample(7).data);
    const walked = [991, 901, 601, 551, 301, 0];
    const baseline = projdiffScalar({ stepSize: 1, eta: 0, singularValue: 1 });
    const y = oracleMeasurement(wide, identity, noise);
    const result = await walkOracle({ oracle: wide, operator: identity, baseline, levels: walked, noise, y });
    const ratios = noiseVariances(result, { ...wide, mean: truth }, walked);
    expect(ratios).toHaveLength(walked.length - 2);
    for (const ratio of ratios) expect(Math.abs(ratio - 1)).toBeLessThanOrEqual(meanSquareError(result.x.length));
  });
});

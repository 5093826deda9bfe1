import type { LinearOperator } from "@leader/core";
import {
  denseOperator,
  drawnNoise,
  evaluator,
  gaussianOracle,
  oracleMeasurement,
  oracleNetwork,
  relativeError,
  testOperators,
  walkOracle,
  weightedSum,
  withPowers,
} from "@leader/core/testing";
import { describe, expect, it } from "vitest";
import { pigdm, type PigdmOptions } from "../src/pigdm.js";

const oracle = gaussianOracle({ shape: [1, 1, 8, 8], seed: 3 });
const { image } = oracle;
const { mask, blur, circulant, pooling } = testOperators(image);
const levels = [1000, 901, 801, 401, 351, 91, 11, 1, 0];
const standard: PigdmOptions = { eta: 1, weight: 1, guidance: "released", mode: "corrected", start: "measurement", iterations: 40 };

interface Task {
  readonly operator: LinearOperator;
  readonly y: Float64Array;
  /** For [0,1] images. */
  readonly noise: number;
  readonly options: PigdmOptions;
}

function restated({ operator, y, noise, options }: Task): Float64Array {
  const ab = (index: number): number => oracle.schedule.alphaBar[index]!;
  const network = oracleNetwork(oracle);
  const dense = denseOperator(operator);
  const inverse = evaluator((r) => operator.pinv!(r), [operator.range]);
  const faithful = options.mode === "faithful";
  const top = ab(levels[0]!);
  const z0 = drawnNoise("init", 0, image.shape, 5);
  let x = options.start === "noise" ? z0 : weightedSum([Math.sqrt(top), inverse(y)], [Math.sqrt(1 - top), z0]);
  for (let k = 0; k < levels.length - 1; k++) {
    const [a, b] = [ab(levels[k]!), ab(levels[k + 1]!)];
    const { x0: estimate, epsilon } = network(x, levels[k]!);
    const rho = (2 * noise) ** 2 / (1 - a);
    const r = weightedSum([1, y], [-1, dense.apply(estimate)]);
    const u = noise === 0 || faithful ? inverse(r) : weightedSum([1, dense.proximal(estimate, y, rho)], [-1, estimate]);
    let g = weightedSum([1, network(u, levels[k]!).x0], [-1, network(new Float64Array(u.length), levels[k]!).x0]);
    let x0 = estimate;
    if (faithful && operator.measured !== undefined) {
      const keep = operator.measured.data;
      x0 = estimate.map((v, i) => (keep[i] === 1 ? y[i]! : v));
      g = g.map((v, i) => (keep[i] === 1 ? 0 : v));
    }
    const c1 = options.eta * Math.sqrt(((1 - a / b) * (1 - b)) / (1 - a));
    const c2 = Math.sqrt(Math.max(0, 1 - b - c1 ** 2));
    const kappa = {
      released: Math.sqrt(a * b),
      paper: Math.sqrt(a),
      posterior: Math.sqrt(b / a) - c2 / Math.sqrt(1 - a),
    }[options.guidance];
    const z = drawnNoise("z", k + 1, image.shape, 5);
    x = weightedSum([Math.sqrt(b), x0], [c1, z], [c2, epsilon], [options.weight * kappa, g]);
  }
  return x;
}

async function difference(operator: LinearOperator, noise: number, changes: Partial<PigdmOptions>): Promise<number> {
  const options = { ...standard, ...changes };
  const y = Float64Array.from(oracleMeasurement(oracle, operator, noise));
  const { x } = await walkOracle({ oracle, baseline: pigdm(options), operator, noise, levels, seed: 5, y });
  return relativeError(x, restated({ operator, y, noise, options }));
}

// What the released code overwrites.
const inpainting: LinearOperator = { ...mask, measured: mask.svd!.singularValues };

describe("ΠGDM follows its equations over a whole trajectory", () => {
  it.each(Object.entries({ mask, blur, circulant, pooling }))("%s, without and with noise", async (_name, operator) => {
    expect(await difference(operator, 0, {})).toBeLessThanOrEqual(1e-4);
    expect(await difference(operator, 0.05, {})).toBeLessThanOrEqual(1e-4);
  });
  it("by conjugate gradients", async () => {
    expect(await difference(withPowers(circulant, ["operator.pinv"]), 0.05, {})).toBeLessThanOrEqual(1e-4);
  });
  it.each<Partial<PigdmOptions>>([
    { eta: 0, guidance: "paper", weight: 0.3 },
    { eta: 0.5, guidance: "posterior", start: "noise" },
    { mode: "faithful" },
  ])("options %o", async (changes) => {
    expect(await difference(pooling, 0.05, changes)).toBeLessThanOrEqual(1e-4);
    expect(await difference(inpainting, 0.05, changes)).toBeLessThanOrEqual(1e-4);
  });
});

it("is DDIM with the exact posterior mean on a unit normal prior, however long the steps", async () => {
  const unit = gaussianOracle({ shape: [1, 1, 6, 6], seed: 2, correlation: 0, deviation: [1, 1] });
  const operator = testOperators(unit.image).circulant;
  const noise = 0.1;
  const y = oracleMeasurement(unit, operator, noise);
  const walked = [1000, 601, 301, 51, 0];
  const baseline = pigdm({ ...standard, eta: 0, guidance: "posterior", start: "noise" });
  const { x } = await walkOracle({ oracle: unit, baseline, operator, noise, levels: walked, y });
  // p(x0 | x_t, y) is the posterior of two measurements: y, and x_t / sqrt(a) with noise sigma_t.
  let state = drawnNoise("init", 0, unit.image.shape);
  const dense = denseOperator(operator);
  for (let k = 0; k < walked.length - 1; k++) {
    const [a, b] = [unit.schedule.alphaBar[walked[k]!]!, unit.schedule.alphaBar[walked[k + 1]!]!];
    const centre = state.map((v, i) => Math.sqrt(a) * v + (1 - a) * unit.mean[i]!);
    const exact = dense.proximal(centre, Float64Array.from(y), (2 * noise) ** 2 / (1 - a));
    const epsilon = weightedSum([1 / Math.sqrt(1 - a), state], [-Math.sqrt(a / (1 - a)), exact]);
    state = weightedSum([Math.sqrt(b), exact], [Math.sqrt(1 - b), epsilon]);
  }
  expect(relativeError(x, state)).toBeLessThan(1e-4);
});

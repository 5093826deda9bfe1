import type { LinearOperator } from "@leader/core";
import {
  denseOperator,
  drawnNoise,
  gaussianOracle,
  oracleMeasurement,
  oracleNetwork,
  relativeError,
  seenMeasurement,
  testOperators,
  walkOracle,
  weightedSum,
} from "@leader/core/testing";
import { describe, expect, it } from "vitest";
import { sitcom, type SitcomOptions } from "../src/sitcom.js";

const oracle = gaussianOracle({ shape: [1, 1, 8, 8], seed: 3, deviation: [0.3, 0.9] });
const { image } = oracle;
const { mask, blur, circulant, pooling } = testOperators(image);
const levels = [1000, 801, 401, 201, 51, 0];
const standard: SitcomOptions = { evaluations: 8, learningRate: 0.1, proximity: 0, margin: 0.001, clip: true, mode: "corrected" };

interface Task {
  readonly operator: LinearOperator;
  readonly y: Float64Array;
  /** For [0,1] images. */
  readonly noise: number;
  readonly options: SitcomOptions;
}

function restated({ operator, y, noise, options }: Task): { readonly x: Float64Array; readonly evaluations: number } {
  const network = oracleNetwork(oracle);
  const dense = denseOperator(operator);
  const faithful = options.mode === "faithful";
  const count = operator.measured === undefined || faithful ? y.length : operator.measured.data.filter((value) => value === 1).length;
  const bound = (2 * noise + options.margin) ** 2 * count;
  const clip = (value: number): number => (options.clip ? Math.min(1, Math.max(-1, value)) : value);
  let evaluations = 0;
  let x = drawnNoise("init", 0, image.shape, 5);
  for (let k = 0; k < levels.length - 1; k++) {
    let v = x;
    let x0 = x;
    let [m, s]: [Float64Array, Float64Array] = [new Float64Array(x.length), new Float64Array(x.length)];
    for (let j = 1; j <= options.evaluations; j++) {
      const raw = network(v, levels[k]!).x0;
      evaluations++;
      x0 = raw.map(clip);
      const r = weightedSum([1, y], [-1, dense.apply(x0)]);
      const loss = r.reduce((sum, value) => sum + value ** 2, 0);
      const unstopped = faithful && noise === 0;
      if ((!unstopped && loss < bound) || j === options.evaluations) break;
      const back = dense.adjoint(r).map((value, i) => (raw[i] === x0[i] ? value : 0));
      const pulled = weightedSum([1, network(back, levels[k]!).x0], [-1, network(new Float64Array(back.length), levels[k]!).x0]);
      const g = weightedSum([unstopped ? -1 / Math.sqrt(loss) : -2, pulled], [2 * options.proximity, v], [-2 * options.proximity, x]);
      m = weightedSum([0.9, m], [0.1, g]);
      s = weightedSum([0.999, s], [0.001, g.map((value) => value ** 2)]);
      v = v.map((value, i) => value - (options.learningRate * m[i]!) / (1 - 0.9 ** j) / (Math.sqrt(s[i]! / (1 - 0.999 ** j)) + 1e-8));
    }
    if (faithful && operator.measured !== undefined) x0 = x0.map((value, i) => (operator.measured!.data[i] === 1 ? clip(y[i]!) : value));
    const b = oracle.schedule.alphaBar[levels[k + 1]!]!;
    x = weightedSum([Math.sqrt(b), x0], [Math.sqrt(1 - b), drawnNoise("z", k + 1, image.shape, 5)]);
  }
  return { x, evaluations };
}

async function compare(operator: LinearOperator, noise: number, changes: Partial<SitcomOptions>) {
  const options = { ...standard, ...changes };
  const y = seenMeasurement(operator, oracleMeasurement(oracle, operator, noise));
  const actual = await walkOracle({ oracle, baseline: sitcom(options), operator, noise, levels, seed: 5, y });
  const expected = restated({ operator, y, noise, options });
  return { actual, expected, error: relativeError(actual.x, expected.x) };
}

const inpainting: LinearOperator = { ...mask, measured: mask.svd!.singularValues };

describe("SITCOM follows its equations over a whole trajectory", () => {
  it.each(Object.entries({ inpainting, blur, circulant, pooling }))("%s", async (_name, operator) => {
    const { actual, expected, error } = await compare(operator, 0.1, {});
    expect(error).toBeLessThanOrEqual(1e-3);
    expect(actual.evaluations).toBe(expected.evaluations);
  });
  it.each<Partial<SitcomOptions>>([{ mode: "faithful" }, { clip: false, proximity: 0.05 }, { evaluations: 1 }])(
    "options %o",
    async (changes) => {
      for (const noise of [0, 0.1]) {
        const { actual, expected, error } = await compare(inpainting, noise, changes);
        expect(error).toBeLessThanOrEqual(1e-3);
        expect(actual.evaluations).toBe(expected.evaluations);
      }
    },
  );
});

it("stops as soon as the measurement is explained, without ground truth", async () => {
  const { actual } = await compare(pooling, 0.25, { evaluations: 30 });
  expect(actual.evaluations).toBeLessThan(30 * (levels.length - 1));
  expect(actual.steps.at(-1)!.observed["sitcom.fits"]).toBe(1);
});

import { describeNoise, oracleMeasurement, pointOracle, testOperators, walkOracle } from "@leader/core/testing";
import { expect, it } from "vitest";
import { proximalStep } from "../src/data-step.js";
import { diffpir, type DiffpirOptions } from "../src/diffpir.js";

const published: DiffpirOptions = {
  lambda: 7,
  zeta: 0.3,
  eta: 0,
  guidance: 1,
  smallestNoise: 0.001,
  clip: true,
  start: "interpolated",
  wasteLast: true,
};
const rule = (changed: Partial<DiffpirOptions>) => ({
  title: JSON.stringify(changed),
  baseline: diffpir({ ...published, ...changed }, proximalStep(1)),
});

describeNoise("DiffPIR", {
  first: 1000,
  keepsVariance: [
    { operator: "pooling", noise: 0, ...rule({}) },
    { operator: "mask", noise: 0, ...rule({ zeta: 1 }) },
    { operator: "circulant", noise: 0, ...rule({ eta: 1 }) },
    { operator: "pooling", noise: 0, ...rule({ eta: 0.5, zeta: 0 }) },
  ],
  reports: [
    { operator: "pooling", noise: 0, ...rule({}) },
    { operator: "pooling", noise: 0.1, ...rule({ start: "noisy-measurement" }) },
    { operator: "mask", noise: 0.1, ...rule({ eta: 1, zeta: 0 }) },
  ],
  follows: [
    {
      operator: "pooling",
      noise: 0,
      baseline: rule({ zeta: undefined }).baseline,
      stating: (zeta) => rule({ zeta }).baseline,
      pixels: true,
    },
    { operator: "circulant", noise: 0.05, baseline: rule({ zeta: undefined }).baseline, pixels: true, exceedsLevels: true },
  ],
  silent: [{ operator: "pooling", noise: 0, ...rule({ zeta: 0 }) }],
});

it("ends with the noise of timestep 0 where the last evaluation is wasted, and without where it is not", async () => {
  const point = pointOracle();
  const operator = testOperators(point.image).mask;
  const spread = async (wasteLast: boolean): Promise<number> => {
    const { baseline } = rule({ wasteLast });
    const { x } = await walkOracle({ oracle: point, operator, baseline, levels: [501, 1, 0], y: oracleMeasurement(point, operator, 0) });
    return Math.sqrt(x.reduce((total, value, i) => total + (value - point.mean[i % point.mean.length]!) ** 2, 0) / x.length);
  };
  expect(await spread(true)).toBeCloseTo(0.01, 3);
  expect(await spread(false)).toBeLessThan(2e-3);
});

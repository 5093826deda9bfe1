import {
  describeNoise,
  evaluator,
  gaussianOracle,
  meanSquareError,
  noiseRatios,
  oracleMeasurement,
  pointOracle,
  skippingLevels,
  testOperators,
  walkOracle,
} from "@leader/core/testing";
import { describe, expect, it } from "vitest";
import { ddpg, type DdpgOptions } from "../src/ddpg.js";
import { idpg } from "../src/idpg.js";

const published: DdpgOptions = {
  gamma: 8,
  zeta: 0.5,
  etaTilde: 0.7,
  leastSquaresScale: 1,
  stepMode: 1,
  iterations: 30,
  finalOutput: "published",
  legacyRegularisation: false,
};
const rule = (changed: Partial<DdpgOptions>) => ({ title: JSON.stringify(changed), baseline: ddpg({ ...published, ...changed }) });
const first = 991;

describeNoise("DDPG", {
  first,
  keepsVariance: [
    { operator: "pooling", noise: 0, ...rule({}) },
    { operator: "mask", noise: 0, ...rule({ zeta: 1, stepMode: 0 }) },
    { operator: "circulant", noise: 0, ...rule({ zeta: 0 }) },
  ],
  reports: [
    { operator: "pooling", noise: 0, ...rule({}) },
    { operator: "mask", noise: 0.1, ...rule({}) },
  ],
  follows: [
    {
      operator: "pooling",
      noise: 0,
      baseline: rule({ zeta: undefined, stepMode: 0 }).baseline,
      stating: (zeta) => rule({ zeta, stepMode: 0 }).baseline,
      pixels: true,
    },
    ...(["pooling", "circulant"] as const).map((operator) => ({
      operator,
      noise: 0.05,
      baseline: rule({ zeta: undefined }).baseline,
      pixels: true,
      exceedsLevels: true,
    })),
  ],
  silent: [
    { operator: "pooling", noise: 0, ...rule({ zeta: 0 }) },
    { title: "IDPG", operator: "pooling", noise: 0, baseline: idpg(published) },
  ],
});

it("a DDPG state has zeta + (1-zeta) w^2 r of its level's noise with measurement noise, where r is what the state before had", async () => {
  const point = pointOracle();
  // An operator of small gain, so that the measurement's own noise hardly reaches the image: only the noise terms are left.
  const ratios = await noiseRatios(point, first, { operator: "mask", noise: 1e-4, ...rule({ stepMode: 0 }) });
  let before = 1;
  ratios.forEach((ratio, i) => {
    const w = point.schedule.alphaBar[skippingLevels(first)[i + 1]!]! ** published.gamma;
    expect(Math.abs(ratio - (0.5 + 0.5 * w ** 2 * before))).toBeLessThanOrEqual(meanSquareError(256 * 36) + 1e-2);
    before = ratio;
  });
});

describe("the guidance of DDPG", () => {
  it("shrinks a noise-free residual by eta / (s^2 + eta) per component in one full step", async () => {
    const oracle = gaussianOracle({ shape: [1, 1, 8, 8], seed: 3 });
    const { blur, circulant } = testOperators(oracle.image);
    for (const operator of [blur, circulant]) {
      const svd = operator.svd!;
      const y = oracleMeasurement(oracle, operator, 0);
      const walked = { oracle, operator, levels: [501, 0], y };
      const { x: x0 } = await walkOracle({ ...walked, baseline: ddpg({ ...published, stepMode: 0, finalOutput: "x0" }) });
      const { x: xg } = await walkOracle({ ...walked, baseline: ddpg({ ...published, stepMode: 0, finalOutput: "guided" }) });
      const measured = { ...operator.range, data: y };
      const residual = evaluator((x) => svd.ut(operator.apply(x).sub(x.trace.constant(measured))), [operator.domain]);
      const [before, after] = [residual(x0), residual(xg)];
      const s = svd.singularValues.data;
      before.forEach((value, i) => {
        if (s[i]! > 0) expect(Math.abs(after[i]! - (value * 1e-4) / (s[i]! ** 2 + 1e-4))).toBeLessThanOrEqual(1e-5);
      });
    }
  });
});

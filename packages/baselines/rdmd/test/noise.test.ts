import {
  expectSteinLemma,
  gaussianOracle,
  oracleMeasurement,
  shrinkingModulator,
  steinAgainstExact,
  testOperators,
  walkOracle,
} from "@leader/core/testing";
import { expect, it } from "vitest";
import { rdmd, type RdmdOptions } from "../src/rdmd.js";

const oracle = gaussianOracle({ shape: [128, 1, 6, 6], seed: 1 });
const options: RdmdOptions = {
  mode: "corrected",
  lambda: 20,
  tau: 0.5,
  zeta: 0.3,
  smallestNoise: 0.001,
  noisiestDenoiser: 49,
  finestDenoiser: 1,
  start: "interpolated",
  result: "image",
};
/** With skips, as an adaptive scheduler makes them, and a journey back. */
const levels = [1000, 901, 601, 401, 601, 301, 101, 31, 0];
const run = (name: "mask" | "pooling", noise: number, changed: Partial<RdmdOptions>, parts = {}) => {
  const operator = testOperators(oracle.image)[name];
  const y = oracleMeasurement(oracle, operator, noise);
  return walkOracle({
    oracle,
    operator,
    baseline: rdmd({ ...options, ...changed }),
    levels,
    noise,
    y,
    estimator: steinAgainstExact,
    ...parts,
  });
};

it.each([
  ["mask", 0.05, { start: "noisy-measurement" }, {}],
  ["pooling", 0, { zeta: 1 }, { modulator: shrinkingModulator }],
] as const)(
  "the fresh noise that RDMD reports gives the posterior variance by Stein's lemma: %s, noise %f, %o",
  async (name, noise, changed, parts) => {
    expectSteinLemma(await run(name, noise, changed, parts));
  },
);

it("there is none without a fresh share", async () => {
  await expect(run("mask", 0.05, { zeta: 0 })).rejects.toMatchObject({ code: "LEADER_FRESH_NOISE_MISSING" });
});

import type { LinearOperator } from "@leader/core";
import {
  gaussianOracle,
  oracleMeasurement,
  proposingModulator,
  relativeError,
  restatedProposal,
  testOperators,
  walkOracle,
  withPowers,
} from "@leader/core/testing";
import { describe, expect, it } from "vitest";
import { ddpg, type DdpgOptions } from "../src/ddpg.js";
import { idpg } from "../src/idpg.js";
import { restated } from "./restated.js";

const oracle = gaussianOracle({ shape: [1, 1, 8, 8], seed: 3 });
const operators = testOperators(oracle.image);
const levels = [991, 801, 401, 351, 91, 11, 1, 0];
const published: DdpgOptions = {
  gamma: 8,
  zeta: 0.5,
  etaTilde: 0.7,
  leastSquaresScale: 1,
  stepMode: 1,
  iterations: 40,
  finalOutput: "published",
  legacyRegularisation: false,
};

async function difference(operator: LinearOperator, noise: number, changed: Partial<DdpgOptions> = {}, inject = true): Promise<number> {
  const options = { ...published, ...changed };
  const task = {
    oracle,
    operator,
    noise,
    levels,
    seed: 5,
    y: oracleMeasurement(oracle, operator, noise),
    baseline: inject ? ddpg(options) : idpg(options),
  };
  const { x } = await walkOracle(task);
  return relativeError(x, restated(options, inject, task));
}

describe("DDPG follows its equations over a whole trajectory", () => {
  const routes = [["operator.proxL2"], ["operator.svd"], []] as const;
  for (const [name, operator] of Object.entries(operators)) {
    for (const powers of routes) {
      it.each([0, 0.05])(`${name}, by ${powers[0] ?? "conjugate gradients"}, noise %f`, async (noise) => {
        expect(await difference(withPowers(operator, powers), noise)).toBeLessThanOrEqual(1e-4);
      });
    }
  }

  it.each<Partial<DdpgOptions>>([
    { stepMode: 0, gamma: 300, zeta: 1 },
    { stepMode: 2, gamma: 2, leastSquaresScale: 0.7 },
    { zeta: 0, finalOutput: "guided", legacyRegularisation: true },
  ])("options %o", async (options) => {
    expect(await difference(operators.blur, 0.05, options)).toBeLessThanOrEqual(1e-4);
  });

  it("with full steps where there is no noise, and shrinking ones where there is, if none are chosen", async () => {
    for (const noise of [0, 0.05]) expect(await difference(operators.blur, noise, { stepMode: undefined })).toBeLessThanOrEqual(1e-4);
  });

  it("noise-free with full steps, returning x0", async () => {
    expect(await difference(operators.circulant, 0, { stepMode: 0, finalOutput: "x0" })).toBeLessThanOrEqual(1e-4);
  });
});

describe("DDPG with a proposed share counts the measurement's noise in its guidance", () => {
  for (const [name, operator] of Object.entries(operators)) {
    it.each([0.04, 0.5, 1])(`${name}, share %f`, async (share) => {
      const options = { ...published, zeta: undefined };
      const noise = 0.05;
      const task = { oracle, operator, noise, levels, seed: 5, y: oracleMeasurement(oracle, operator, noise) };
      const { x } = await walkOracle({ ...task, baseline: ddpg(options), modulator: proposingModulator(share) });
      expect(relativeError(x, restatedProposal(task, { ...published, share, shrinks: true }))).toBeLessThanOrEqual(1e-4);
    });
  }
});

describe("IDPG follows its equations over a whole trajectory", () => {
  it.each([
    ["pooling", 0],
    ["mask", 0.05],
    ["blur", 0.1],
    ["circulant", 0],
  ] as const)("%s, noise %f", async (name, noise) => {
    expect(await difference(operators[name], noise, { stepMode: 0 }, false)).toBeLessThanOrEqual(1e-4);
  });
});

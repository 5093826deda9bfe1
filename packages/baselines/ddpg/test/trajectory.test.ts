import type { LinearOperator } from "@leader/core";
import {
  denseOperator,
  drawnNoise,
  gaussianOracle,
  oracleMeasurement,
  oracleNetwork,
  relativeError,
  testOperators,
  walkOracle,
  weightedSum,
  withPowers,
  type MeasuredWalk,
} from "@leader/core/testing";
import { describe, expect, it } from "vitest";
import { ddpg, type DdpgOptions } from "../src/ddpg.js";
import { idpg } from "../src/idpg.js";

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

/** DDPG and IDPG (inject = false) with a dense preconditioner, in float64. */
function restated(options: DdpgOptions, inject: boolean, { oracle, operator, y, noise = 0, seed = 0 }: MeasuredWalk): Float64Array {
  const dense = denseOperator(operator);
  const measured = Float64Array.from(y);
  const network = oracleNetwork(oracle);
  const ab = (index: number): number => oracle.schedule.alphaBar[index]!;
  const sigmaY = 2 * noise;
  const eta = options.legacyRegularisation ? 1e-4 + 1e-5 * (255 * sigmaY) ** 2 : Math.max(1e-4, sigmaY ** 2 * options.etaTilde);
  let x = drawnNoise("init", 0, operator.domain.shape, seed);
  for (let k = 0; k < levels.length - 1; k++) {
    const [now, next] = [ab(levels[k]!), ab(levels[k + 1]!)];
    const { x0 } = network(x, levels[k]!);
    const residual = weightedSum([1, dense.apply(x0)], [-1, measured]);
    const zero = new Float64Array(x.length);
    // A^T (A A^T + eta)^-1 r is the proximal map of r from 0.
    const gBP = dense.proximal(zero, residual, eta);
    const gLS = dense.adjoint(residual);
    const delta = sigmaY === 0 ? 0 : next ** options.gamma;
    const w = sigmaY === 0 ? 1 : delta;
    const shrunk = (1 - next) / (1 - now);
    const muBP = options.stepMode === 1 ? shrunk : 1;
    const muLS = options.stepMode === 0 ? 1 : shrunk;
    const xg = weightedSum([1, x0], [-muBP * (1 - delta), gBP], [-muLS * delta * options.leastSquaresScale, gLS]);
    if (levels[k + 1] === 0) {
      const final = options.finalOutput === "published" ? (sigmaY > 0 ? "x0" : "guided") : options.finalOutput;
      return final === "x0" ? x0 : xg;
    }
    const e = weightedSum([1 / Math.sqrt(1 - now), x], [-Math.sqrt(now / (1 - now)), xg]);
    const spread = Math.sqrt(1 - next);
    const z = drawnNoise("z", k + 1, operator.domain.shape, seed);
    x = inject
      ? weightedSum([Math.sqrt(next), xg], [spread * Math.sqrt(options.zeta), z], [spread * Math.sqrt(1 - options.zeta) * w, e])
      : weightedSum([Math.sqrt(next), xg]);
  }
  return x;
}

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

  it("noise-free with full steps, returning x0", async () => {
    expect(await difference(operators.circulant, 0, { stepMode: 0, finalOutput: "x0" })).toBeLessThanOrEqual(1e-4);
  });
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

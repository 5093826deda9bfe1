import { ddnm, ddnmPlus, ddnmPlusSimplified } from "@leader/baseline-ddnm";
import {
  pullback,
  trace,
  traceSampler,
  type Aval,
  type HostTensor,
  type Tensor,
  type UncertaintyEstimator,
  type UpdateRule,
} from "@leader/core";
import { createStage, gaussianOracle, maskOperator, poolingOperator, walkScheduler } from "@leader/core/testing";
import { describe, expect, it } from "vitest";
import { exact, exactEstimator } from "../src/uncertainty/exact.js";
import { finiteDifference, finiteDifferenceEstimator } from "../src/uncertainty/finite-difference.js";
import { cheaper, derivativeProducts, jvpEstimator } from "../src/uncertainty/jvp.js";
import { score, scoreEstimator } from "../src/uncertainty/score.js";
import { stein, steinEstimator } from "../src/uncertainty/stein.js";
import { restore, type OracleTask } from "./oracle-run.js";

const oracle = gaussianOracle({ shape: [4, 3, 8, 8], seed: 3 });
const independent = gaussianOracle({ shape: [1, 3, 6, 6], seed: 4, correlation: 0 });
const baseline = ddnm({ eta: 0.85, travelFrom: "x0" });
const pooled = (prior = oracle): Pick<OracleTask, "oracle" | "operator" | "baseline"> => ({
  oracle: prior,
  operator: poolingOperator(prior.image),
  baseline,
});
const plain = { window: 0, dataVariance: 1e6 };

interface Reading {
  readonly mean: number;
  readonly standardError: number;
  readonly map: HostTensor;
  readonly observed: Readonly<Record<string, number>>;
}

/** What an estimator says at every step of a run; the run itself does not depend on it. */
async function readings(task: OracleTask): Promise<readonly Reading[]> {
  const maps: HostTensor[] = [];
  const { steps } = await restore({ ...task, inspect: (_step, values) => maps.push(values.get("prior.uncertainty")!) });
  return steps.map(({ observed }, i) => ({
    mean: observed["uncertainty"]!,
    standardError: observed["uncertainty.standardError"]!,
    map: maps[i]!,
    observed,
  }));
}

/** Worst distance of the mean from the exact one, in standard errors. */
function worstDeviation(estimated: readonly Reading[], truth: readonly Reading[]): number {
  return Math.max(...estimated.map(({ mean, standardError }, i) => Math.abs(mean - truth[i]!.mean) / standardError));
}

describe("exact", () => {
  it("is the trace of the posterior covariance that the prior implies", async () => {
    const [first] = await readings({ ...pooled(), uncertainty: exactEstimator(), steps: 5 });
    const sigma2 = 1 / oracle.schedule.alphaBar[801]! - 1;
    // Sigma = (C^-1 + I / sigma^2)^-1, here by Neumann's series in C / sigma^2, which is small at this level.
    const n = oracle.mean.length;
    const traceOf = (m: Float64Array): number => Array.from({ length: n }, (_, i) => m[i * n + i]!).reduce((a, b) => a + b, 0);
    const squared = oracle.covariance.reduce((sum, value) => sum + value * value, 0);
    expect(first!.mean).toBeCloseTo((traceOf(oracle.covariance) - squared / sigma2) / n, 3);
    expect(first!.standardError).toBe(0);
  });
});

describe.each(["auto", "reverse", "forward"] as const)("jvp, %s", (direction) => {
  const options = { probes: 1, direction, every: 1, ...plain };
  it("is exact to rounding, pixel by pixel, where pixels are independent, and adds no evaluation", async () => {
    const truth = await readings({ ...pooled(independent), uncertainty: exactEstimator() });
    const estimated = await readings({ ...pooled(independent), uncertainty: jvpEstimator(options) });
    estimated.forEach(({ mean, map }, i) => {
      expect(Math.abs(mean / truth[i]!.mean - 1)).toBeLessThan(1e-4);
      const expected = channelMean(truth[i]!.map);
      map.data.forEach((value, k) => expect(Math.abs(value / expected[k]! - 1)).toBeLessThan(1e-4));
    });
    const { evaluations, steps } = await restore({ ...pooled(independent), uncertainty: jvpEstimator(options), steps: 3 });
    expect(evaluations).toBe(steps.length);
  });
  it("agrees with exact within three standard errors where pixels are correlated", async () => {
    const truth = await readings({ ...pooled(), uncertainty: exactEstimator(), steps: 4 });
    const estimated = await readings({ ...pooled(), uncertainty: jvpEstimator({ ...options, probes: 4 }), steps: 4 });
    expect(worstDeviation(estimated, truth)).toBeLessThan(3);
  });
});

describe("an estimate in every fourth step", () => {
  const amortised = jvpEstimator({ probes: 1, direction: "reverse", every: 4, ...plain });
  it("has an exact map in between where the prior is a Gaussian with independent pixels", async () => {
    const grey = pooled(gaussianOracle({ shape: [1, 1, 6, 6], seed: 4, correlation: 0 }));
    const truth = await readings({ ...grey, uncertainty: exactEstimator() });
    const carried = await readings({ ...grey, uncertainty: amortised });
    expect(carried).toHaveLength(20);
    carried.forEach(({ mean, map, observed }, i) => {
      map.data.forEach((value, k) => expect(Math.abs(value / truth[i]!.map.data[k]! - 1)).toBeLessThan(1e-3));
      // The mean of what follows from each pixel is not what follows from the mean.
      expect(Math.abs(mean / truth[i]!.mean - 1)).toBeLessThan(0.05);
      expect("uncertainty.clamped" in observed).toBe(i % 4 === 0);
    });
  });
  it("stays between 0 and the noise when time travel raises it", async () => {
    const scheduler = walkScheduler([801, 601, 401, 801, 401, 201, 901, 201, 0]);
    const estimator = jvpEstimator({ probes: 1, direction: "reverse", every: 3, ...plain });
    const carried = await readings({ ...pooled(), scheduler, uncertainty: estimator });
    for (const { mean, standardError, map } of carried) {
      expect(Number.isFinite(mean) && Number.isFinite(standardError)).toBe(true);
      expect(map.data.every((value) => value >= 0)).toBe(true);
    }
  });
  it("costs evaluations only where it is made", async () => {
    const estimator = finiteDifferenceEstimator({ probes: 2, step: 0.02, central: false, every: 3, ...plain });
    expect((await restore({ ...pooled(), uncertainty: estimator, steps: 7 })).evaluations).toBe(7 + 3 * 2);
  });
});

describe("the direction of a product with the derivative", () => {
  const image: Aval = { shape: [1, 1, 4, 4], dtype: "float32" };
  const chosen = (products: (x: Tensor) => Parameters<typeof cheaper>[0]): string => {
    let direction = "";
    trace(
      (x) => {
        direction = cheaper(products(x), x);
        return x;
      },
      [image],
    );
    return direction;
  };
  const [dear, cheap] = [(v: Tensor): Tensor => v.exp().exp(), (v: Tensor): Tensor => v.neg()];

  it("is the one with less arithmetic", () => {
    expect(chosen(() => ({ reverse: dear, forward: cheap }))).toBe("forward");
    expect(chosen(() => ({ reverse: cheap, forward: dear }))).toBe("reverse");
    expect(chosen(() => ({ reverse: dear, forward: dear }))).toBe("reverse");
  });
  it("is reverse for a normalisation, which forwards takes a second pass over the image", () => {
    expect(chosen((x) => derivativeProducts({ pullback }, x.standardize(3, 1e-5), x))).toBe("reverse");
  });
});

describe("finite-difference", () => {
  const options = { probes: 1, step: 0.02, central: false, every: 1, ...plain };
  it("agrees with exact to 1 % pixel by pixel where pixels are independent", async () => {
    const truth = await readings({ ...pooled(independent), uncertainty: exactEstimator() });
    for (const central of [false, true]) {
      const estimated = await readings({ ...pooled(independent), uncertainty: finiteDifferenceEstimator({ ...options, central }) });
      estimated.forEach(({ mean, map }, i) => {
        expect(Math.abs(mean / truth[i]!.mean - 1)).toBeLessThan(0.01);
        // The map is a mean over channels.
        const expected = channelMean(truth[i]!.map);
        map.data.forEach((value, k) => expect(Math.abs(value / expected[k]! - 1)).toBeLessThan(0.01));
      });
    }
  });
  it("agrees with exact within three standard errors where pixels are correlated", async () => {
    const truth = await readings({ ...pooled(), uncertainty: exactEstimator(), steps: 4 });
    expect(
      worstDeviation(await readings({ ...pooled(), uncertainty: finiteDifferenceEstimator({ ...options, probes: 4 }), steps: 4 }), truth),
    ).toBeLessThan(3);
  });
  it("agrees with exact to 1 % with many probes where pixels are weakly correlated", async () => {
    const weak = pooled(gaussianOracle({ shape: [8, 1, 6, 6], seed: 5, correlation: 0.6 }));
    const truth = await readings({ ...weak, uncertainty: exactEstimator(), steps: 4 });
    const many = await readings({ ...weak, uncertainty: finiteDifferenceEstimator({ ...options, probes: 64 }), steps: 4 });
    many.forEach(({ mean }, i) => expect(Math.abs(mean / truth[i]!.mean - 1)).toBeLessThan(0.01));
  });
  it("costs as many evaluations as it has probes, twice if central", async () => {
    const evaluations = async (central: boolean): Promise<number> =>
      (await restore({ ...pooled(), uncertainty: finiteDifferenceEstimator({ ...options, probes: 3, central }), steps: 2 })).evaluations;
    expect(await evaluations(false)).toBe(2 * 4);
    expect(await evaluations(true)).toBe(2 * 7);
  });
});

describe("stein", () => {
  const estimator = steinEstimator({ map: "window", ...plain });
  it("agrees with exact within three of its standard errors at 20 noise levels", async () => {
    const truth = await readings({ ...pooled(), uncertainty: exactEstimator() });
    const estimated = await readings({ ...pooled(), uncertainty: estimator });
    expect(estimated).toHaveLength(20);
    expect(worstDeviation(estimated, truth)).toBeLessThan(3);
  });
  it("states its error honestly: deviations have about unit size in units of it, and no bias", async () => {
    const truth = await readings({ ...pooled(), uncertainty: exactEstimator() });
    const deviations: number[] = [];
    for (let seed = 0; seed < 8; seed++) {
      const estimated = await readings({ ...pooled(), uncertainty: estimator, seed });
      estimated.forEach(({ mean, standardError }, i) => deviations.push((mean - truth[i]!.mean) / standardError));
    }
    const mean = deviations.reduce((a, b) => a + b) / deviations.length;
    const size = Math.sqrt(deviations.reduce((sum, d) => sum + d * d, 0) / deviations.length);
    expect(Math.abs(mean)).toBeLessThan(0.35);
    expect(size).toBeGreaterThan(0.6);
    expect(size).toBeLessThan(1.4);
  });
  it.each<readonly [string, UpdateRule, number]>([
    ["ddnm-plus, little measurement noise", ddnmPlus({ eta: 0.85, travelFrom: "x0", legacyNoNoiseRotation: false }), 0.02],
    ["ddnm-plus, much measurement noise", ddnmPlus({ eta: 0.85, travelFrom: "x0", legacyNoNoiseRotation: false }), 0.2],
    ["ddnm-plus-simplified", ddnmPlusSimplified({ eta: 0.85, travelFrom: "x0", legacyNoiseDamping: false }), 0.1],
    ["ddnm-plus-simplified, as released", ddnmPlusSimplified({ eta: 0.85, travelFrom: "x0", legacyNoiseDamping: true }), 0.1],
  ])("sees through shaped noise: %s", async (_name, rule, noise) => {
    for (const operator of [poolingOperator(oracle.image), maskOperator(oracle.image)]) {
      const task = { oracle, operator, baseline: rule, noise };
      const truth = await readings({ ...task, uncertainty: exactEstimator() });
      const estimated = await readings({ ...task, uncertainty: estimator });
      expect(worstDeviation(estimated, truth)).toBeLessThan(3.5);
    }
  });
  it.each(["x0", "state"] as const)("sees through the noise of time travel from the %s", async (travelFrom) => {
    const scheduler = walkScheduler([801, 601, 401, 601, 401, 201, 101, 201, 101, 0]);
    const task = { ...pooled(), baseline: ddnm({ eta: 0.5, travelFrom }), scheduler };
    const truth = await readings({ ...task, uncertainty: exactEstimator() });
    expect(worstDeviation(await readings({ ...task, uncertainty: estimator }), truth)).toBeLessThan(3);
  });
  it("is refused where no fresh noise is added", () => {
    const stages = {
      ...pooled(),
      denoiser: oracle.denoiser,
      baseline: ddnm({ eta: 0, travelFrom: "x0" }),
      scheduler: walkScheduler([1, 0]),
      noiseFree: true,
      uncertainty: estimator,
    };
    expect(() => traceSampler(stages)).toThrow(expect.objectContaining({ code: "LEADER_FRESH_NOISE_MISSING" }));
  });
});

describe("score", () => {
  it("is exact on average over noisy draws of the prior", async () => {
    // The first state of a run from a very noisy level is such a draw.
    const truth = await readings({ ...pooled(), uncertainty: exactEstimator(), steps: 1 });
    const scheduler = walkScheduler([400, 0]);
    const atLevel = { ...pooled(), scheduler };
    expect(truth).toHaveLength(1);
    const [expected] = await readings({ ...atLevel, baseline: fromPrior(), uncertainty: exactEstimator() });
    const [estimated] = await readings({ ...atLevel, baseline: fromPrior(), uncertainty: scoreEstimator(plain) });
    expect(Math.abs(estimated!.mean - expected!.mean)).toBeLessThan(3 * estimated!.standardError);
  });
});

describe("every estimator", () => {
  const all: readonly (readonly [string, UncertaintyEstimator])[] = [
    ["stein", steinEstimator({ map: "line", window: 3, dataVariance: 0.25 })],
    ["score", scoreEstimator({ window: 3, dataVariance: 0.25 })],
    ["finite-difference", finiteDifferenceEstimator({ probes: 1, step: 0.02, central: false, every: 1, window: 3, dataVariance: 0.25 })],
  ];
  it.each(all)("keeps its map within [0, min(sigma^2, data variance)] and counts what it clamped: %s", async (_name, estimator) => {
    const estimated = await readings({ ...pooled(), uncertainty: estimator, steps: 10 });
    estimated.forEach(({ map, observed }, step) => {
      const a = oracle.schedule.alphaBar[(9 - step) * 100 + 1]!;
      const limit = Math.min((1 - a) / a, 0.25) * (1 + 1e-6);
      expect(map.data.every((value) => value >= 0 && value <= limit)).toBe(true);
      expect(observed["uncertainty.clamped"]).toBeGreaterThanOrEqual(0);
      expect(observed["uncertainty.clamped"]).toBeLessThanOrEqual(1);
    });
    expect(estimated.some(({ observed }) => observed["uncertainty.clamped"]! > 0)).toBe(true);
  });
  it.each([stein, score, finiteDifference, exact])("is made from its defaults: $summary", async (stage) => {
    const estimator = await createStage(stage as typeof stein, {});
    expect(typeof estimator.needsFreshNoise).toBe("boolean");
  });
});

/** A baseline whose first state is a draw of the prior with the noise of its level. */
function fromPrior(): UpdateRule {
  return {
    init(ctx, { level }) {
      const draw = oracle.sample(21);
      const x = level.sqrtAlphaBar
        .mul(level.index.trace.constant(draw))
        .add(level.sqrtOneMinusAlphaBar.mul(ctx.noise("init", ctx.denoiser.image)));
      return { x, state: {} };
    },
    step: (_ctx, { prior }) => ({ x: prior.x0, state: {} }),
  };
}

function channelMean({ shape, data }: HostTensor): readonly number[] {
  const [, channels, height, width] = shape as readonly [number, number, number, number];
  const size = height * width;
  return Array.from(
    { length: size },
    (_, k) => Array.from({ length: channels }, (_unused, c) => data[c * size + k]!).reduce((a, b) => a + b, 0) / channels,
  );
}

import { beforeAll, describe, expect, it } from "vitest";
import type { UpdateRule } from "../contract/baseline.js";
import type { Stage } from "../contract/plugin.js";
import type { HostTensor } from "@leader/graph";
import type { UncertaintyEstimator } from "../contract/uncertainty.js";
import { referenceBackend } from "@leader/graph/reference";
import { compileSampler } from "../engine/compile-sampler.js";
import { runSampler, type SamplerResult } from "../engine/run-sampler.js";
import { toEngineNoise, unitRangeNoise } from "../units.js";
import { createStage } from "./create-stage.js";
import { gaussianOracle, type GaussianOracle } from "./gaussian-oracle.js";
import { oracleGraphs } from "./oracle-graphs.js";
import { oracleMeasurement } from "./oracle-values.js";
import { referenceRules } from "./reference-rules.js";
import { maskOperator } from "./test-operators.js";
import { walkScheduler } from "./walk.js";

export interface DescribeUncertaintyOptions {
  /** Options of the stage. Default `{}`. */
  readonly options?: unknown;
  /** How far the mean U may be from the exact one beside five standard errors, relative to it. Default 0.02; `null`: a biased estimator, not tested. */
  readonly within?: number | null;
}

const pixels = 36;
const batch = 64;
/** Priors that differ in their batch only; an image of a smaller batch has the measurement that it has in the largest. */
const prior = (images: number): GaussianOracle => gaussianOracle({ shape: [images, 1, 6, 6], seed: 3 });
const measured = oracleMeasurement(prior(batch), maskOperator(prior(batch).image), 0);
const levels = [801, 601, 401, 201, 101, 31, 0];

interface Reading {
  readonly result: SamplerResult;
  readonly maps: readonly HostTensor[];
}

/**
 * Declares the conformance tests of an uncertainty estimator on a Gaussian prior, where diag Cov(x0 | x) is known in closed form: maps that
 * are variances, a mean that is right within the standard error it states, reproducibility, images of a batch that do not see each other.
 */
export function describeUncertainty(name: string, stage: Stage<"uncertainty">, options: DescribeUncertaintyOptions = {}): void {
  const { within = 0.02 } = options;
  describe(name, () => {
    let estimator: UncertaintyEstimator;
    beforeAll(async () => {
      estimator = await createStage(stage, options.options ?? {});
    });
    const [many, two, one] = [prior(batch), prior(2), prior(1)];

    it("estimates in the first step and in every n-th, n a whole number", () => {
      const { every = 1 } = estimator;
      expect(Number.isInteger(every) && every >= 1).toBe(true);
    });

    it("says that it needs fresh noise if and only if it does", async () => {
      expect(stage.requires?.includes("baseline.freshNoise") ?? false).toBe(estimator.needsFreshNoise);
      // A rule without any: the estimator must then do without, or be refused by name.
      const run = read(one, estimator, referenceRules.guided);
      if (estimator.needsFreshNoise) await expect(run).rejects.toMatchObject({ code: "LEADER_FRESH_NOISE_MISSING" });
      else expect((await run).result.outcome).toBe("completed");
    });

    it("gives maps of finite variances, and standard errors that are not negative", async () => {
      const { maps, result } = await read(two, estimator);
      expect(maps).toHaveLength(levels.length - 1);
      for (const map of maps) expect(map.data.every((value) => Number.isFinite(value) && value >= 0)).toBe(true);
      for (const { observed } of result.steps) expect(observed["uncertainty.standardError"]).toBeGreaterThanOrEqual(0);
      expect(new Set(maps.map((map) => map.data.join())).size).toBeGreaterThan(1);
    });

    it.runIf(within !== null)("has a mean that is right within its standard error", async () => {
      const { result } = await read(many, withExact(estimator));
      for (const { observed, step } of result.steps) {
        const [mean, error, exact] = [observed["uncertainty"]!, observed["uncertainty.standardError"]!, observed["exact"]];
        // Steps between two estimates carry the last one on.
        if (exact === undefined) continue;
        const text = `level ${levels[step]}: ${mean} +- ${error}, exactly ${exact}`;
        expect(Math.abs(mean - exact), text).toBeLessThanOrEqual(5 * error + within! * exact);
      }
    });

    it("repeats a seed to the last bit", async () => {
      const [first, again] = [await read(two, estimator), await read(two, estimator)];
      expect(again.maps).toEqual(first.maps);
    });

    it("gives every image of a batch the map that it would have alone", async () => {
      const [together, alone] = [await read(two, estimator), await read(one, estimator, referenceRules["null-space"], 1)];
      const [map, own] = [together.maps[2]!, alone.maps[2]!];
      const second = map.data.slice(map.data.length - own.data.length);
      // A map that does not depend on the state is the same for all images.
      own.data.forEach((value, i) => expect(Math.abs(second[i]! - value)).toBeLessThanOrEqual(1e-5 * Math.max(value, 1e-3)));
    });
  });
}

/** The estimator, with the exact mean observed beside its own. */
const withExact = (estimator: UncertaintyEstimator): UncertaintyEstimator => ({
  ...estimator,
  estimate(ctx, at) {
    ctx.observe("exact", ctx.denoiser.posteriorVariance!(at.x, at.level).mean());
    return estimator.estimate(ctx, at);
  },
});

async function read(
  oracle: GaussianOracle,
  estimator: UncertaintyEstimator,
  baseline: UpdateRule = referenceRules["null-space"],
  firstImage = 0,
): Promise<Reading> {
  const operator = maskOperator(oracle.image);
  const scheduler = { ...walkScheduler(levels), travels: false };
  await using sampler = await compileSampler(
    oracleGraphs({ oracle, operator, baseline, scheduler, uncertainty: estimator }),
    referenceBackend(),
  );
  const maps: HostTensor[] = [];
  const result = await runSampler(sampler, {
    schedule: oracle.schedule,
    scheduler,
    y: { ...operator.range, data: measured.slice(pixels * firstImage, pixels * (firstImage + oracle.image.shape[0]!)) },
    sigmaY: toEngineNoise(unitRangeNoise(0)),
    seed: 5,
    firstImage,
    inspect: { names: ["prior.uncertainty"], see: (_step, values) => maps.push(values.get("prior.uncertainty")!) },
  });
  return { result, maps };
}

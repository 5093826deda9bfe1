import { beforeAll, describe, expect, it } from "vitest";
import type { PriorModulator } from "../contract/modulator.js";
import type { Stage } from "../contract/plugin.js";
import type { UncertaintyEstimator } from "../contract/uncertainty.js";
import { hashGraph, keysOf } from "@leader/graph";
import { phasesOf } from "../engine/sampler-graphs.js";
import { combination, norm } from "@leader/graph/testing";
import { createStage } from "./create-stage.js";
import { gaussianOracle, type GaussianOracle } from "./gaussian-oracle.js";
import { oracleGraphs } from "./oracle-graphs.js";
import { oracleMeasurement } from "./oracle-values.js";
import { referenceRules } from "./reference-rules.js";
import { maskOperator } from "./test-operators.js";
import { walkOracle, type OracleWalkResult } from "./walk-oracle.js";
import { walkScheduler } from "./walk.js";

export interface DescribeModulatorOptions {
  /** Options of the stage. Default `{}`. */
  readonly options?: unknown;
  /** True if the prior stays as it is, to the last bit, where the posterior variance is 0. Default false: not tested. */
  readonly unchangedWhenCertain?: boolean;
}

const levels = [801, 601, 401, 201, 101, 31, 0];

/** The exact variance of the prior times a factor. */
const variance = (factor: number): UncertaintyEstimator => ({
  needsFreshNoise: false,
  estimate(ctx, { x, level }) {
    const exact = ctx.denoiser.posteriorVariance!(x, level).mul(factor);
    return { variance: exact, mean: exact.mean(), standardError: x.trace.scalar(0, "float32") };
  },
});

/**
 * Declares the conformance tests of a modulator on a Gaussian prior: graphs that do not change from trace to trace, a state of constant
 * structure, reproducibility, images of a batch that do not see each other, an effect that follows the uncertainty if it reads it.
 */
export function describeModulator(name: string, stage: Stage<"modulator">, options: DescribeModulatorOptions = {}): void {
  describe(name, () => {
    let modulator: PriorModulator;
    beforeAll(async () => {
      modulator = await createStage(stage, options.options ?? {});
    });
    const oracle = gaussianOracle({ shape: [2, 1, 6, 6], seed: 3 });
    const needs = (): UncertaintyEstimator | undefined => (modulator.needsUncertainty ? variance(1) : undefined);

    it.each(keysOf(referenceRules))("is traced to the same graphs every time, with a state of constant structure: %s", (rule) => {
      const hashes = (): readonly string[] =>
        phasesOf(
          oracleGraphs({
            oracle,
            operator: maskOperator(oracle.image),
            baseline: referenceRules[rule],
            scheduler: walkScheduler(levels),
            estimator: needs(),
            modulator,
          }),
        ).map(({ graph }) => hashGraph(graph));
      expect(hashes()).toEqual(hashes());
    });

    it("says that it needs the uncertainty if and only if it reads it", async () => {
      expect(stage.requires?.includes("prior.uncertainty") ?? false).toBe(modulator.needsUncertainty);
      if (!modulator.needsUncertainty) expect((await walk(oracle, { modulator })).x.every(Number.isFinite)).toBe(true);
      else {
        const [sure, unsure] = [await walk(oracle, { modulator, factor: 0.25 }), await walk(oracle, { modulator, factor: 1 })];
        expect(difference(sure, unsure)).toBeGreaterThan(0);
      }
    });

    it("changes the run, repeats a seed to the last bit, and stays finite", async () => {
      const [one, again, without] = [await walk(oracle, { modulator }), await walk(oracle, { modulator }), await walk(oracle, {})];
      expect([...again.x]).toEqual([...one.x]);
      expect(difference(one, without)).toBeGreaterThan(0);
      for (const factor of [0, 1e-6, 1e3]) expect((await walk(oracle, { modulator, factor })).x.every(Number.isFinite)).toBe(true);
    });

    it("gives every image of a batch what it would have alone", async () => {
      const together = await walk(oracle, { modulator });
      const first = gaussianOracle({ shape: [1, 1, 6, 6], seed: 3 });
      const y = oracleMeasurement(oracle, maskOperator(oracle.image), 0).slice(0, 36);
      const alone = await walk(first, { modulator, y });
      expect(norm(combination(1, together.x.slice(0, 36), -1, alone.x)) / norm(alone.x)).toBeLessThan(1e-5);
    });

    it.runIf(options.unchangedWhenCertain)("leaves the prior as it is, to the last bit, where nothing is uncertain", async () => {
      const [certain, without] = [await walk(oracle, { modulator, factor: 0 }), await walk(oracle, {})];
      expect([...certain.x]).toEqual([...without.x]);
    });
  });
}

const difference = (a: OracleWalkResult, b: OracleWalkResult): number => norm(combination(1, a.x, -1, b.x));

function walk(
  oracle: GaussianOracle,
  { modulator, factor = 1, y }: { readonly modulator?: PriorModulator; readonly factor?: number; readonly y?: Float32Array },
): Promise<OracleWalkResult> {
  const operator = maskOperator(oracle.image);
  return walkOracle({
    oracle,
    operator,
    baseline: referenceRules["null-space"],
    levels,
    y: y ?? oracleMeasurement(oracle, operator, 0),
    seed: 5,
    ...(modulator === undefined ? {} : { modulator, estimator: variance(factor) }),
  });
}

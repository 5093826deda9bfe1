import { describe, expect, it } from "vitest";
import type { UpdateRule } from "../contract/baseline.js";
import type { Stage } from "../contract/plugin.js";
import { isLeaderError, keysOf } from "@leader/graph";
import { createStage } from "./create-stage.js";
import { describeBaseline } from "./describe-baseline.js";
import { gaussianOracle } from "./gaussian-oracle.js";
import { oracleGraphs } from "./oracle-graphs.js";
import { oracleMeasurement } from "./oracle-values.js";
import { referenceRules, type ReferenceRule } from "./reference-rules.js";
import { expectSteinLemma, steinAgainstExact } from "./stein-lemma.js";
import { maskOperator } from "./test-operators.js";
import { walkOracle } from "./walk-oracle.js";
import { walkScheduler } from "./walk.js";
import { thrownBy } from "./thrown-by.js";

export interface DescribeWrapperOptions {
  /** Options of the stage. Default `{}`. */
  readonly options?: unknown;
  /** The reference rules that it can wrap; the others it must refuse with a coded error. Default: all. */
  readonly wraps?: readonly ReferenceRule[];
}

const levels = [991, 801, 601, 401, 201, 101, 31, 0];

/**
 * Declares the conformance tests of a wrapper: around each reference rule it is a baseline that passes `describeBaseline`; it leaves the
 * rule that it wraps alone; what the rule reports of its fresh noise still holds, by Stein's lemma on a Gaussian prior.
 */
export function describeWrapper(name: string, stage: Stage<"wrapper">, { options = {}, wraps }: DescribeWrapperOptions = {}): void {
  const rules = keysOf(referenceRules);
  const wrapped = wraps ?? rules;
  describe(name, () => {
    for (const rule of wrapped) describeWrapped(stage, options, rule);

    it.runIf(wrapped.length < rules.length)("refuses what it cannot wrap with a coded error", async () => {
      const wrapper = await createStage(stage, options);
      const oracle = gaussianOracle({ shape: [1, 1, 6, 6], seed: 1 });
      for (const rule of rules.filter((one) => !wrapped.includes(one))) {
        const traced = (): unknown => {
          const baseline = wrapper.wrap(referenceRules[rule]);
          return oracleGraphs({ oracle, operator: maskOperator(oracle.image), baseline, scheduler: walkScheduler(levels) });
        };
        expect(thrownBy(traced), rule).toSatisfy(isLeaderError);
      }
    });
  });
}

function describeWrapped(stage: Stage<"wrapper">, options: unknown, rule: ReferenceRule): void {
  const asBaseline: Stage<"baseline"> = {
    kind: "baseline",
    summary: stage.summary,
    options: stage.options,
    requires: [
      ...(stage.requires ?? []),
      ...(rule === "null-space" ? (["operator.pinv"] as const) : (["denoiser.differentiable"] as const)),
    ],
    create: async (given, environment) => (await stage.create(given, environment)).wrap(referenceRules[rule]),
  };
  // What a wrapper does to the mean is its own affair.
  describeBaseline(`around the ${rule} rule`, asBaseline, { options, approachesPosteriorMean: [] });

  it(`leaves the ${rule} rule that it wraps as it is`, async () => {
    const given: UpdateRule = Object.freeze({ ...referenceRules[rule] });
    const wrapper = await createStage(stage, options);
    const [one, two] = [wrapper.wrap(given), wrapper.wrap(given)];
    expect(one).not.toBe(given);
    expect(Object.keys(two).sort()).toEqual(Object.keys(one).sort());
    expect(given).toEqual(referenceRules[rule]);
  });

  it.runIf(rule === "null-space")("keeps what the rule reports of its fresh noise true", async () => {
    const oracle = gaussianOracle({ shape: [128, 1, 6, 6], seed: 1 });
    const operator = maskOperator(oracle.image);
    const baseline = (await createStage(stage, options)).wrap(referenceRules[rule]);
    expectSteinLemma(
      await walkOracle({ oracle, operator, baseline, levels, y: oracleMeasurement(oracle, operator, 0), estimator: steinAgainstExact }),
    );
  });
}

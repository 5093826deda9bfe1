import { beforeAll, describe, expect, it } from "vitest";
import type { AnyStage, Plugin } from "../contract/plugin.js";
import { type Candidate, candidatesOf, type CombinedKind, CompatibilityBench, isCombined, none, type Outcome } from "./compatibility.js";
import type { TestOperators } from "./test-operators.js";

export interface DescribeCompatibilityOptions {
  /** Options of the stage. Default `{}`. */
  readonly options?: unknown;
  /** Plugins whose stages it is combined with, such as that of LEADer's own method. Default: none, plain stages of every kind only. */
  readonly plugins?: readonly Plugin[];
  /** Options of their stages by `<package>#<stage>`; stages with required options need them. */
  readonly optionsOf?: Readonly<Record<string, unknown>>;
  /** Stages that take no part, by `<package>#<stage>`. */
  readonly without?: readonly string[];
  /** What is measured, with every power that an operator can have. Default `mask`. */
  readonly operator?: keyof TestOperators;
  /** Noise of the measurement, for [0,1] images. Default 0. */
  readonly noise?: number;
  /** Sees every outcome, for a table. */
  readonly report?: (outcome: Outcome) => void;
}

/** Many runs make one test: on a busy machine they take longer than vitest's default allows. */
const timeout = 60_000;

/**
 * Declares tests of a stage together with others: every estimator with every scheduler, modulator and wrapper of the given plugins, on a
 * Gaussian prior. A combination runs to its end, or it is refused with a coded error whose reason is true: there are one or two partners
 * without which the same combination runs. Anything else fails.
 */
export function describeCompatibility(name: string, stage: AnyStage, options: DescribeCompatibilityOptions = {}): void {
  const { plugins = [], optionsOf = {}, without = [], report = () => undefined } = options;
  const own: Candidate = { use: name, stage, options: options.options ?? {} };
  const { kind } = stage;
  if (!isCombined(kind)) throw new TypeError(`stages of the kind ${kind} are the oracle's`);
  const partners = candidatesOf(plugins, optionsOf).filter((c) => c.stage.kind !== kind && !without.includes(c.use));
  const bench = new CompatibilityBench(options);
  const namesOf = (of: CombinedKind): readonly string[] => {
    if (of === kind) return [name];
    const named = partners.filter((c) => c.stage.kind === of).map(({ use }) => use);
    if (of === "baseline") return named.length > 0 ? named : ["null-space", "guided"];
    return of === "scheduler" ? ["steps", "steps with travel", ...named] : [none, ...named];
  };

  describe(name, () => {
    beforeAll(() => bench.make([own, ...partners]));
    for (const baseline of namesOf("baseline"))
      for (const wrapper of namesOf("wrapper"))
        for (const uncertainty of namesOf("uncertainty"))
          for (const modulator of namesOf("modulator"))
            it(titleOf([baseline, wrapper, uncertainty, modulator], name), { timeout }, async () => {
              for (const scheduler of namesOf("scheduler")) {
                const outcome = await bench.try({ baseline, wrapper, uncertainty, modulator, scheduler });
                report(outcome);
                if (outcome.outcome === "failed") expect.fail(`with ${scheduler}: ${outcome.code}: ${outcome.message}`);
                expect(outcome.outcome === "runs" ? outcome.steps : 1).toBeGreaterThan(0);
              }
            });
  });
}

const titleOf = (names: readonly string[], own: string): string => {
  const others = names.filter((part) => part !== none && part !== own);
  return others.length === 0 ? "alone" : `with ${others.join(", ")}`;
};

import { describe, expect, it } from "vitest";
import type { UpdateRule } from "../contract/baseline.js";
import { gaussianOracle, type GaussianOracle } from "./gaussian-oracle.js";
import { meanSquareError, noiseVariances, oracleMeasurement } from "./oracle-values.js";
import type { PriorModulator } from "../contract/modulator.js";
import { expectSteinLemma, proposingForPixels, proposingModulator, shrinkingModulator, steinAgainstExact } from "./stein-lemma.js";
import { testOperators, type TestOperators } from "./test-operators.js";
import { walkOracle } from "./walk-oracle.js";
import { defined } from "@leader/graph";

/** A rule on a measurement. */
export interface NoiseCase {
  /** Tells cases on the same measurement apart. */
  readonly title?: string;
  readonly operator: keyof TestOperators;
  /** Of the measurement, for [0,1] images. */
  readonly noise: number;
  readonly baseline: UpdateRule;
}

export interface DescribeNoiseOptions {
  /** Index of the level where the rule starts: the noisiest of its own schedule. */
  readonly first: number;
  /** Rules whose state has the noise of its level after every step. Default: none. */
  readonly keepsVariance?: readonly NoiseCase[];
  /** How far the variance may be from that of its level, beside the error of a finite number of draws. Default 0.01. */
  readonly within?: number;
  /** Rules whose reported fresh noise is to fit the states. */
  readonly reports: readonly NoiseCase[];
  /** Rules that draw no fresh noise. Default: none. */
  readonly silent?: readonly NoiseCase[];
  /** Rules that state no share of fresh noise, and so take the one that LEADer proposes. Default: none. */
  readonly follows?: readonly FollowingCase[];
}

/** A rule that takes a proposed share of fresh noise. */
export interface FollowingCase extends NoiseCase {
  /** The same rule with a share in its options: with this one stated it makes the same states as with it proposed, and a proposal does not move it. */
  readonly stating?: (share: number) => UpdateRule;
  /** It takes a share for each pixel. Default false. */
  readonly pixels?: boolean;
  /** Its data step brings more of the measurement's noise than clean levels hold, so that no variance is asked for. Default false. */
  readonly exceedsLevels?: boolean;
}

const named = <C extends NoiseCase>(cases: readonly C[]): readonly (readonly [string, C])[] =>
  cases.map((one) => [`${one.operator}, noise ${one.noise}${one.title === undefined ? "" : `, ${one.title}`}`, one]);

/** Levels with skips, as an adaptive scheduler makes them. */
export const skippingLevels = (first: number): readonly number[] => [first, 951, 601, 551, 151, 101, 31, 21, 0];
const travellingLevels = (first: number): readonly number[] => [first, 951, 601, 401, 601, 401, 151, 101, 31, 21, 0];

/** A prior that is all but a point (its variance is 1e-6): every step, however long, must give exactly the noise that a rule states. */
export const pointOracle = (): GaussianOracle =>
  gaussianOracle({ shape: [256, 1, 6, 6], seed: 2, correlation: 0, deviation: [1e-3, 1e-3] });

/** Variances of the noise of the states of a walk with skips on `pointOracle`, over those of their levels. */
export async function noiseRatios(
  point: GaussianOracle,
  first: number,
  { operator: name, noise, baseline }: NoiseCase,
  modulator?: PriorModulator,
): Promise<number[]> {
  const operator = testOperators(point.image)[name];
  const levels = skippingLevels(first);
  const y = oracleMeasurement(point, operator, noise);
  return [
    ...noiseVariances(await walkOracle({ oracle: point, operator, baseline, levels, noise, y, ...defined({ modulator }) }), point, levels),
  ];
}

/**
 * Tests of the noise in the states of a rule, on Gaussian priors: its variance after steps of any length, and by Stein's lemma what the rule
 * reports of its fresh part.
 */
export function describeNoise(name: string, options: DescribeNoiseOptions): void {
  const { first, keepsVariance = [], within = 1e-2, reports, silent = [], follows = [] } = options;

  describe.runIf(keepsVariance.length > 0)(`the noise of a ${name} state`, () => {
    const point = pointOracle();
    it.each(named(keepsVariance))("has the variance of its level after every step: %s", async (_title, one) => {
      const ratios = await noiseRatios(point, first, one);
      expect(ratios).toHaveLength(skippingLevels(first).length - 2);
      for (const ratio of ratios) expect(Math.abs(ratio - 1)).toBeLessThanOrEqual(meanSquareError(256 * 36) + within);
    });
  });

  describe.runIf(follows.length > 0).each([0.09, 0.36, 0.81])(`a share of fresh noise of %d that LEADer proposes to ${name}`, (share) => {
    describeProposal(share, first, follows, within);
  });

  describe(`the fresh noise that ${name} reports`, () => {
    const oracle = gaussianOracle({ shape: [128, 1, 6, 6], seed: 1 });
    const walk = ({ operator: which, noise, baseline }: NoiseCase, levels: readonly number[], parts = {}) => {
      const operator = testOperators(oracle.image)[which];
      const y = oracleMeasurement(oracle, operator, noise);
      return walkOracle({ oracle, operator, baseline, levels, noise, y, uncertainty: steinAgainstExact, ...parts });
    };

    describe.each([
      ["as it is", {}],
      ["with a modulated prior", { modulator: shrinkingModulator }],
    ] as const)("%s", (_title, parts) => {
      it.each(named(reports))("gives the posterior variance by Stein's lemma, also after skips and travel: %s", async (_case, one) => {
        expectSteinLemma(await walk(one, travellingLevels(first), parts));
      });
    });

    it.each(named(silent))("is not there without a fresh share: %s", async (_title, one) => {
      await expect(walk(one, skippingLevels(first))).rejects.toMatchObject({ code: "LEADER_FRESH_NOISE_MISSING" });
    });
  });
}

/** What a rule makes of a proposed share. */
function describeProposal(share: number, first: number, follows: readonly FollowingCase[], within: number): void {
  const point = pointOracle();
  const modulator = proposingModulator(share);
  const forPixels = proposingForPixels(share);
  const proposals = named(follows).flatMap(([title, one]) => [
    [title, one, modulator] as const,
    ...(one.pixels === true ? [[`${title}, pixel by pixel`, one, forPixels] as const] : []),
  ]);
  it.each(proposals.filter(([, one]) => one.exceedsLevels !== true))(
    "leaves a state the variance of its level: %s",
    async (_title, one, proposing) => {
      for (const ratio of await noiseRatios(point, first, one, proposing)) {
        expect(Math.abs(ratio - 1)).toBeLessThanOrEqual(meanSquareError(256 * 36) + within);
      }
    },
  );

  const oracle = gaussianOracle({ shape: [128, 1, 6, 6], seed: 1 });
  const walk = async ({ operator: which, noise, baseline }: NoiseCase, parts = {}) => {
    const operator = testOperators(oracle.image)[which];
    const y = oracleMeasurement(oracle, operator, noise);
    return await walkOracle({ oracle, operator, baseline, levels: travellingLevels(first), noise, y, ...parts });
  };
  it.each(proposals)("is reported as it is drawn: %s", async (_title, one, proposing) => {
    expectSteinLemma(await walk(one, { uncertainty: steinAgainstExact, modulator: proposing }), 0.2);
  });
  it.each(named(follows))("is that of each pixel for rules that draw so, and that of the picture for others: %s", async (_title, one) => {
    const [everywhere, pixels] = [await walk(one, { modulator }), await walk(one, { modulator: forPixels })];
    if (one.pixels === true) expect(pixels.x).not.toEqual(everywhere.x);
    else expect(pixels.x).toEqual(everywhere.x);
  });
  const stating = follows.flatMap((one) => (one.stating === undefined ? [] : [{ ...one, stating: one.stating }]));
  it.each(named(stating))("gives way to one that is stated: %s", async (_title, one) => {
    const stated = await walk({ ...one, baseline: one.stating(share) });
    expect((await walk({ ...one, baseline: one.stating(share) }, { modulator: proposingModulator(0.5) })).x).toEqual(stated.x);
    const followed = await walk(one, { modulator });
    followed.x.forEach((value, i) => expect(Math.abs(value - stated.x[i]!)).toBeLessThanOrEqual(1e-4));
  });
}

import { cddb } from "@leader/baseline-cddb";
import { daps } from "@leader/baseline-daps";
import { dcdp } from "@leader/baseline-dcdp";
import { dpps } from "@leader/baseline-dpps";
import { dps } from "@leader/baseline-dps";
import { fgps } from "@leader/baseline-fgps";
import { hgu } from "@leader/baseline-hgu";
import { rdmd } from "@leader/baseline-rdmd";
import { redDiff } from "@leader/baseline-red-diff";
import { spgd } from "@leader/baseline-spgd";
import { zaps } from "@leader/baseline-zaps";
import { karrasSteps, linearBetaSchedule, squareRootSteps, uniformSteps, type UpdateRule } from "@leader/core";
import { poolingOperator, posteriorErrors, type PosteriorErrors } from "@leader/core/testing";
import { expect, it } from "vitest";

const schedule = linearBetaSchedule();
const karras = [...new Set(karrasSteps(schedule, { steps: 16, sigmaMax: 100, sigmaMin: 0.1, rho: 7 }))];
const mode = "corrected";
/** Of DPS and those that follow it. */
const guided = { mode, clip: false, variance: "posterior" } as const;

interface Case {
  readonly baseline: UpdateRule;
  readonly levels: readonly number[];
  readonly evaluations: number;
  readonly limits: Limits;
}

/** Largest errors, those of finitely many draws included. */
interface Limits {
  readonly mean: number;
  /** Below 1, which is the error of a method that always returns the same image. */
  readonly covariance?: number;
  /** For methods that spread more than the posterior: least and largest total variance over its own. The same image has 0. */
  readonly spread?: readonly [least: number, most: number];
}

/** Short runs; docs/tuning-log.md has the figures of long ones. */
const cases: Readonly<Record<string, Case>> = {
  DAPS: {
    baseline: daps({
      mode,
      odeSteps: 3,
      iterations: 30,
      rate: 1e-4,
      rateRatio: 0.01,
      tau: 0.01,
      chain: "langevin",
      memory: 0.9,
      sigmaMax: 100,
      sigmaMin: 0.1,
    }),
    levels: karras,
    evaluations: 48,
    limits: { mean: 0.2, covariance: 0.75 },
  },
  "RED-diff": {
    baseline: redDiff({
      mode,
      lambda: 0.25,
      weighting: "linear",
      observationWeight: 1,
      rate: 0.1,
      beta1: 0.9,
      beta2: 0.99,
      perturbation: 0,
      start: "pseudo-inverse",
    }),
    levels: uniformSteps(schedule, 50),
    evaluations: 50,
    limits: { mean: 0.25, covariance: 0.95 },
  },
  DCDP: {
    baseline: dcdp({ mode, iterations: 20, stepSize: 0.5, momentum: 0.9, evaluations: 6 }),
    levels: [400, 311, 222, 133, 44, 0],
    evaluations: 30,
    limits: { mean: 0.25, covariance: 0.7 },
  },
  RDMD: {
    baseline: rdmd({
      mode,
      lambda: 20,
      tau: 0.5,
      zeta: 0.3,
      smallestNoise: 0.001,
      noisiestDenoiser: 49,
      finestDenoiser: 1,
      start: "interpolated",
      result: "image",
    }),
    levels: squareRootSteps(schedule, 30),
    evaluations: 60,
    limits: { mean: 0.25, covariance: 0.85 },
  },
  CDDB: {
    baseline: cddb({ mode, stepSize: 4, clip: true, variance: "posterior" }),
    levels: uniformSteps(schedule, 50),
    evaluations: 50,
    limits: { mean: 0.2, covariance: 0.75 },
  },
  DPPS: {
    baseline: dpps({ ...guided, scale: 0.02, candidates: 8 }),
    levels: uniformSteps(schedule, 40),
    evaluations: 40,
    limits: { mean: 0.2, covariance: 0.85 },
  },
  SPGD: {
    baseline: spgd({ mode, rate: 4, rateRatio: 0.01, evaluations: 3, momentum: 0.9, sigmaMax: 100, sigmaMin: 0.1 }),
    levels: karras,
    evaluations: 48,
    limits: { mean: 0.25, covariance: 0.85 },
  },
  // A point estimate is fitted without its uncertainty: the results spread more than the posterior.
  FGPS: {
    baseline: fgps({ ...guided, scaleStart: 0.02, scaleEnd: 0.02, cutoffStart: 10, cutoffEnd: 75, cutoff: "linear" }),
    levels: uniformSteps(schedule, 50),
    evaluations: 50,
    limits: { mean: 0.4, spread: [0.5, 2.5] },
  },
  "DPS in HGU": {
    baseline: hgu(dps({ ...guided, scale: 0.002 }), { update: "adam", memory: 0.9, squareMemory: 0.999 }),
    levels: uniformSteps(schedule, 50),
    evaluations: 50,
    limits: { mean: 0.25, covariance: 0.95 },
  },
  ZAPS: {
    baseline: zaps({ scale: 1, scales: 1, texture: 0.3, contrast: 0.5, clip: false, variance: "posterior" }),
    levels: squareRootSteps(schedule, 30),
    evaluations: 30,
    limits: { mean: 0.2, covariance: 0.75 },
  },
};

const errorsOf = ({ baseline, levels }: Pick<Case, "baseline" | "levels">): Promise<PosteriorErrors> =>
  posteriorErrors({ baseline, levels, operator: poolingOperator, noise: 0.05, count: 64 });

it.each(Object.entries(cases))("%s comes near the moments of the posterior of a Gaussian prior", async (_name, one) => {
  const { mean, covariance, spread } = one.limits;
  const errors = await errorsOf(one);
  expect(errors.evaluations).toBe(one.evaluations);
  expect(errors.mean).toBeLessThan(mean);
  if (covariance !== undefined) expect(errors.covariance).toBeLessThan(covariance);
  if (covariance !== undefined) expect(errors.covarianceOfDraws).toBeLessThan(covariance);
  if (spread !== undefined) expect(errors.spread).toBeGreaterThan(spread[0]);
  if (spread !== undefined) expect(errors.spread).toBeLessThan(spread[1]);
});

/** Rules that return one image, whatever noise they are given. */
const trivialRules: Readonly<Record<string, UpdateRule>> = {
  "a grey image": { init: noiseStart, step: (_ctx, { prior }) => ({ x: prior.x0.mul(0), state: {} }) },
  "the pseudo-inverse": { init: noiseStart, step: (ctx, { y }) => ({ x: ctx.operator.pinv!(y), state: {} }) },
};

function noiseStart(ctx: Parameters<UpdateRule["init"]>[0]): ReturnType<UpdateRule["init"]> {
  return { x: ctx.noise("init", ctx.denoiser.image), state: {} };
}

it.each(Object.entries(trivialRules))("no limit is met by a method that always returns %s", async (_name, baseline) => {
  const errors = await errorsOf({ baseline, levels: [400, 0] });
  expect(errors.covariance).toBeCloseTo(1, 5);
  for (const { limits } of Object.values(cases)) {
    expect(errors.mean).toBeGreaterThan(limits.mean);
    expect(errors.covariance).toBeGreaterThan(limits.covariance ?? 0);
    expect(errors.spread).toBeLessThan(limits.spread?.[0] ?? 1);
    expect(limits.covariance ?? limits.spread).toBeDefined();
  }
});

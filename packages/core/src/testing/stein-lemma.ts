import { sizeOf } from "@leader/graph";
import { expect } from "vitest";
import type { PriorModulator } from "../contract/modulator.js";
import type { UncertaintyEstimator } from "../contract/uncertainty.js";
import type { OracleWalkResult } from "./walk-oracle.js";

/**
 * For tests of the fresh noise that a rule reports. By Stein's lemma the mean of (M^-1 z) (n - epsilon) over pixels and draws is that of
 * diag Cov(x0 | x) / sigma^2; observes the former as `uncertainty`, with its standard error, and the latter as `exact`. Estimates the
 * exact variance.
 */
export const steinAgainstExact: UncertaintyEstimator = {
  needsFreshNoise: true,
  estimate(ctx, { x, level, prior, freshNoise }) {
    const exact = ctx.denoiser.posteriorVariance!(x, level);
    ctx.observe("exact", exact.mean().div(level.sigma.square()));
    const r = freshNoise!.whitened.mul(freshNoise!.total.sub(prior.epsilon));
    const mean = r.mean();
    return { variance: exact.expand(x.shape), mean, standardError: r.sub(mean).square().mean().div(r.size).sqrt() };
  },
};

/**
 * Asserts that in every step of a walk with `steinAgainstExact` both agree within five standard errors, and that the error is small enough
 * for this to say something.
 */
export function expectSteinLemma({ steps }: OracleWalkResult, largestError = 0.1): void {
  expect(steps.length).toBeGreaterThan(0);
  steps.forEach(({ observed }, step) => {
    const [mean, error, exact] = [observed["uncertainty"]!, observed["uncertainty.standardError"]!, observed["exact"]!];
    const text = `step ${step}: ${mean} +- ${error}, exactly ${exact}`;
    expect(error, text).toBeLessThan(largestError);
    expect(Math.abs(mean - exact), text).toBeLessThanOrEqual(5 * error);
  });
}

/** Proposes a share of fresh noise and changes nothing else. */
export const proposingModulator = (share: number): PriorModulator => ({
  needsUncertainty: false,
  proposesFreshShare: true,
  init: () => ({}),
  modulate: (_ctx, { prior }, state) => ({ prior, state, freshShare: prior.x0.trace.scalar(share, "float32") }),
});

/** Proposes the same share, and for every second pixel twice as much (1 at most). */
export const proposingForPixels = (share: number): PriorModulator => ({
  ...proposingModulator(share),
  modulate(_ctx, { prior }, state) {
    const { x0 } = prior;
    const { trace } = x0;
    const shape = [1, 1, ...x0.shape.slice(2)];
    const data = Float32Array.from({ length: sizeOf(shape) }, (_, i) => Math.min(1, share * (1 + (i % 2))));
    return { prior, state, freshShare: trace.scalar(share, "float32"), freshShares: trace.constant({ shape, dtype: "float32", data }) };
  },
});

/** Shrinks the clean image towards grey where the prior is uncertain, as a modulator of the prior may. */
export const shrinkingModulator: PriorModulator = {
  needsUncertainty: true,
  init: () => ({}),
  modulate(_ctx, { x, from, prior }, state) {
    const x0 = prior.x0.div(prior.uncertainty!.mul(0.5).add(1));
    return { prior: { ...prior, x0, epsilon: x.sub(from.sqrtAlphaBar.mul(x0)).div(from.sqrtOneMinusAlphaBar) }, state };
  },
};

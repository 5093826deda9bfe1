import { describe, expect, it } from "vitest";
import type { Denoiser } from "../src/contract/denoiser.js";
import type { PriorModulator } from "../src/contract/modulator.js";
import type { UncertaintyEstimator } from "../src/contract/uncertainty.js";
import type { UpdateRule } from "../src/contract/baseline.js";
import { phasesOf } from "../src/engine/sampler-graphs.js";
import type { SamplerStages } from "../src/engine/stages.js";
import { traceSampler } from "../src/engine/trace-sampler.js";
import { ancestralStep } from "../src/formulas/ancestral-step.js";
import { ddim, image, sample, stages, whiteDenoiser } from "./sampler-fixture.js";

const learned: Denoiser = {
  ...whiteDenoiser,
  denoise: (x, level) => ({ ...whiteDenoiser.denoise(x, level), varianceShare: x.tanh().add(1).div(2) }),
};

const ancestral: UpdateRule<Record<string, never>> = {
  init: (ctx) => ({ x: ctx.noise("init", image), state: {} }),
  step(ctx, input) {
    const { mean, spread } = ancestralStep(input, input.prior.x0, "learned");
    return { x: mean.add(spread.mul(ctx.noise("z", image))), state: {} };
  },
};
const looped: UpdateRule<Record<string, never>> = {
  ...ancestral,
  inner: { most: 2, advance: (_ctx, { x }, state) => ({ x: x.mul(0.5), state }) },
};
const estimator: UncertaintyEstimator = {
  needsFreshNoise: false,
  every: 2,
  estimate(_ctx, { x, level }) {
    const variance = x.mul(0).add(level.sigma.square());
    return { variance, mean: variance.mean(), standardError: x.trace.scalar(0, "float32") };
  },
};

/** The phases that leave it, and those that read it. */
function whereOf(change: Partial<SamplerStages>) {
  const phases = phasesOf(traceSampler(stages({ denoiser: learned, ...change })));
  const named = (has: (phase: (typeof phases)[number]) => boolean): string[] => phases.filter(has).map(({ name }) => name);
  return {
    left: named(({ results }) => results.has("prior.varianceShare")),
    read: named(({ inputs }) => inputs.includes("prior.varianceShare")),
  };
}

describe("what a network learned of the variance", () => {
  it("goes from every look at the network to the step", () => {
    expect(whereOf({ baseline: ancestral })).toEqual({ left: ["predict"], read: ["update"] });
    expect(whereOf({ baseline: ancestral, uncertainty: estimator })).toEqual({ left: ["predict", "between"], read: ["update"] });
    expect(whereOf({ baseline: looped, uncertainty: { ...estimator, every: 1 } })).toEqual({
      left: ["predict", "again"],
      read: ["update"],
    });
  });

  it("is nowhere where no method reads it", () => {
    for (const change of [{}, { uncertainty: estimator }]) expect(whereOf(change)).toEqual({ left: [], read: [] });
    const inner = { most: 2, advance: looped.inner!.advance } as unknown as NonNullable<(typeof ddim)["inner"]>;
    const { predict, inner: phases } = traceSampler(stages({ denoiser: learned, baseline: { ...ddim, inner } }));
    expect(phases!.again).toBe(predict);
    expect(predict.results.has("prior.varianceShare")).toBe(false);
  });

  it("reaches the method past a modulator that knows nothing of it", async () => {
    const forgetful: PriorModulator = {
      needsUncertainty: false,
      init: () => ({}),
      modulate: (_ctx, { prior: { x0, epsilon } }, state) => ({ prior: { x0, epsilon }, state }),
    };
    const [alone, modulated] = [
      await sample(stages({ denoiser: learned, baseline: ancestral })),
      await sample(stages({ denoiser: learned, baseline: ancestral, modulator: forgetful })),
    ];
    expect(modulated.x).toEqual(alone.x);
  });
});

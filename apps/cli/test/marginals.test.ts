import { equs } from "@leader/baseline-equs";
import { defineStage, type UpdateRule } from "@leader/core";
import { meanSquareError } from "@leader/core/testing";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { methodPipeline, type Method } from "./methods.js";
import { pixelDenoiser, pixelMean } from "./pixel-prior.js";

const shape = [1, 3, 64, 64];
const mean = pixelMean(shape);
/** Narrow, so that the noise of a state is all but known; wide enough for LEADer to have something to correct. */
const deviation = 0.05;
const noOptions = z.strictObject({});

const prior = defineStage({
  kind: "denoiser",
  summary: "independent pixels close to their means",
  options: noOptions,
  create: () => ({
    schedule: pixelDenoiser({ shape, dtype: "float32" }).schedule,
    at: (image) => pixelDenoiser(image, [deviation, deviation]),
  }),
});

/** Reports the mean square of n in x = sqrt(a) mean + sqrt(1-a) n after every step. */
const observed = (rule: UpdateRule): UpdateRule => ({
  ...rule,
  step(ctx, input, state) {
    const made = rule.step(ctx, input, state);
    const { sqrtAlphaBar, sqrtOneMinusAlphaBar } = input.to;
    const noise = made.x.sub(made.x.trace.constant(mean).mul(sqrtAlphaBar)).div(sqrtOneMinusAlphaBar.maximum(1e-3));
    ctx.observe("noise", noise.square().mean());
    return made;
  },
});

const observing = (outer: (rule: UpdateRule) => UpdateRule) =>
  defineStage({
    kind: "wrapper",
    summary: "observes the noise of every state",
    options: noOptions,
    create: () => ({ wrap: (rule) => outer(observed(rule)) }),
  });
const bare = observing((rule) => rule);
const inEqus = observing((rule) => equs(rule, { transformation: "flip-horizontal", first: "original", unflipNoise: true }));

const baseline = (name: string, options: Readonly<Record<string, unknown>> = {}): Method["baseline"] => ({
  use: `@leader/baseline-${name}`,
  with: options,
});
const bicubic = { use: "@leader/operators#super-resolution", with: { factor: 4 } };
const blur = { use: "@leader/operators#gaussian-blur" };
const motion = { use: "@leader/operators#motion-blur", with: { size: 9 } };
const sensing = { use: "@leader/operators#walsh-hadamard" };
const missing = { use: "@leader/operators#inpainting", with: { random: {} } };

// Every method that promises the noise of the level. IDPG adds none, and DDPG, PIRP and FDGR damp theirs where the measurement is noisy.
const methods: readonly (readonly [string, Method, typeof bare?])[] = [
  ["ddnm", { baseline: baseline("ddnm#ddnm"), operator: bicubic, noise: 0 }],
  ["ddnm in EquS", { baseline: baseline("ddnm#ddnm"), operator: bicubic, noise: 0 }, inEqus],
  ["ddnm-plus", { baseline: baseline("ddnm#ddnm-plus"), operator: motion, noise: 0.05 }],
  ["ddnm-plus-simplified", { baseline: baseline("ddnm#ddnm-plus-simplified"), operator: sensing, noise: 0.05 }],
  ["ddrm", { baseline: baseline("ddrm#ddrm"), operator: bicubic, noise: 0.05 }],
  ["diffpir", { baseline: baseline("diffpir#diffpir"), operator: missing, noise: 0 }],
  ["ddpg", { baseline: baseline("ddpg#ddpg"), operator: blur, noise: 0 }],
  ["projdiff", { baseline: baseline("projdiff#projdiff", { eta: 0.5 }), operator: bicubic, noise: 0.05 }],
  ["projdiff, noise-free", { baseline: baseline("projdiff#projdiff"), operator: missing, noise: 0 }],
  ["pirp", { baseline: baseline("pirp#pirp", { kappa: 0.01 }), operator: bicubic, noise: 0 }],
  ["repaint", { baseline: baseline("repaint#repaint"), operator: missing, noise: 0 }],
  ["ddpm", { baseline: baseline("samplers#ddpm"), operator: missing, noise: 0 }],
  ["ddim", { baseline: baseline("samplers#ddim", { eta: 1 }), operator: missing, noise: 0 }],
];

const uniform = { scheduler: { use: "leader#uniform", with: { steps: 16 } } };
const satp = {
  uncertainty: { use: "leader#exact" },
  scheduler: { use: "leader#satp", with: { rule: "paper", steps: 16, budget: 0.0052 } },
};
const ucpm = { uncertainty: { use: "leader#exact" }, modulator: { use: "leader#ucpm", with: { weight: 1 } } };
const modes = { "without LEADer": uniform, "with UCPM": { ...uniform, ...ucpm }, "with SATP": satp, "with both": { ...ucpm, ...satp } };

describe.each(methods.map(([name, method, wrapper = bare]) => [name, method, wrapper] as const))(
  "the noise of a state has the variance of its level: %s",
  (_name, method, wrapper) => {
    it.each(Object.entries(modes))("%s", async (mode, lines) => {
      const pipeline = await methodPipeline(method, { ...lines, denoiser: { use: prior }, wrapper: { use: wrapper } });
      const y = await pipeline.degrade(mean, { seed: 1 });
      await using session = await pipeline.open({ isolate: false });
      const run = session.restore(y, { seed: 2 });
      const seen: number[] = [];
      for await (const event of run.events) if (event.type === "step-end") seen.push(event.observed["noise"]!);
      const { steps } = await run.result;
      const reached = steps.flatMap(({ decision }) => (decision.kind === "step" ? [decision.to] : []));
      expect(seen).toHaveLength(reached.length);
      if (mode === "with SATP" || mode === "with both") expect(reached.length).toBeLessThan(10);
      const { schedule } = pixelDenoiser({ shape, dtype: "float32" });
      const noisy = reached.flatMap((level, i) => (schedule.alphaBar[level]! < 0.8 ? [seen[i]!] : []));
      expect(noisy.length).toBeGreaterThanOrEqual(4);
      // Where the level has four times the prior's variance and more, the prior adds less than this.
      // EquS asks the prior of flipped pictures, which are not its own: its estimates err more, and noise drawn afresh does not take that back.
      const added = wrapper === inEqus ? 0.07 : 0.03;
      for (const value of noisy) expect(Math.abs(value - 1)).toBeLessThanOrEqual(meanSquareError(3 * 64 * 64) + added);
    });
  },
);

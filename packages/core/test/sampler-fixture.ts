import type { Backend, HostTensor, Tensor } from "@leader/graph";
import { referenceBackend } from "@leader/graph/reference";
import type { UpdateRule } from "../src/contract/baseline.js";
import type { Denoiser, NoiseSchedule } from "../src/contract/denoiser.js";
import type { StepScheduler } from "../src/contract/scheduler.js";
import { linearOperator } from "../src/linear/linear-operator.js";
import { linearBetaSchedule } from "../src/schedule/noise-schedule.js";
import { toEngineNoise, unitRangeNoise } from "../src/units.js";
import { compileSampler } from "../src/engine/compile-sampler.js";
import { runSampler, type SamplerRun } from "../src/engine/run-sampler.js";
import type { SamplerStages } from "../src/engine/stages.js";
import { traceSampler } from "../src/engine/trace-sampler.js";

/** The type of the images of these runs. */
export const image = { shape: [1, 3, 4, 5], dtype: "float32" } as const;
/** Of all of them. */
export const schedule: NoiseSchedule = linearBetaSchedule({ steps: 1000 });

/** The optimal denoiser of x ~ N(0, I): E[x0 | x] = sqrt(alphaBar) x. */
export const whiteDenoiser: Denoiser = {
  image,
  schedule,
  differentiable: true,
  denoise: (x, level) => ({ x0: x.mul(level.sqrtAlphaBar), epsilon: x.mul(level.sqrtOneMinusAlphaBar) }),
};

const operator = linearOperator({ name: "identity", domain: image, apply: (x) => x.mul(1) });

/** DDIM with a counter in its state, so that state, noise and pass-through values are all exercised. */
export const ddim: UpdateRule<{ count: Tensor; unchanged: Tensor }> = {
  init(ctx) {
    const x = ctx.noise("init", image);
    return { x, state: { count: ctx.sigmaY.mul(0), unchanged: x }, freshNoise: { whitened: x, total: x } };
  },
  step(ctx, { prior, to }, state) {
    ctx.observe("count", state.count);
    const z = ctx.noise("z", prior.x0);
    const x = prior.x0.mul(to.sqrtAlphaBar).add(z.mul(to.sqrtOneMinusAlphaBar));
    return { x, state: { count: state.count.add(1), unchanged: state.unchanged }, freshNoise: { whitened: z, total: z } };
  },
};

/** Visits the levels of a grid, one after the other. */
export const gridScheduler = (grid: readonly number[]): StepScheduler<number> => ({
  observes: [],
  maxSteps: () => grid.length,
  start: () => ({ from: grid[0]!, state: 0 }),
  decide: (_observed, at) => ({ decision: { kind: "step", to: grid[at + 1] ?? 0 }, state: at + 1 }),
});

export const grid = [991, 751, 501, 251, 1];
/** DDIM with the white denoiser, except for what is stated. */
export const stages = (change: Partial<SamplerStages> = {}): SamplerStages => ({
  operator,
  denoiser: whiteDenoiser,
  baseline: ddim,
  scheduler: gridScheduler(grid),
  noiseFree: true,
  ...change,
});

const y: HostTensor = { shape: image.shape, dtype: "float32", data: new Float32Array(60) };

/** Traces, compiles and runs a sampler once. */
export async function sample(parts: SamplerStages, change: Partial<SamplerRun> = {}, backend: Backend = referenceBackend()) {
  await using sampler = await compileSampler(traceSampler(parts), backend);
  return await runSampler(sampler, {
    schedule,
    scheduler: parts.scheduler,
    y,
    sigmaY: toEngineNoise(unitRangeNoise(0)),
    seed: 0,
    ...change,
  });
}

/** The code that a promise is rejected with. */
export const codeOf = async (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => "no error",
    (error: unknown) => (error as { code?: unknown }).code,
  );

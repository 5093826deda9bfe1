import type { Tensor } from "@leader/graph";
import { referenceBackend } from "@leader/graph/reference";
import { describe, expect, it } from "vitest";
import type { UpdateRule } from "../src/contract/baseline.js";
import type { Denoiser } from "../src/contract/denoiser.js";
import type { StepScheduler } from "../src/contract/scheduler.js";
import { traceSampler } from "../src/engine/trace-sampler.js";
import { codeOf, grid, gridScheduler, image, sample, stages, whiteDenoiser } from "./sampler-fixture.js";

describe("a sampler that stops, or is refused", () => {
  it("refuses time travel from a scheduler that said it never does", async () => {
    const scheduler: StepScheduler<number> = {
      ...gridScheduler(grid),
      travels: false,
      decide: (_observed, at) => ({ decision: { kind: "step", to: 251, travelTo: 501 }, state: at }),
    };
    expect(await codeOf(sample(stages({ scheduler })))).toBe("LEADER_SCHEDULE_INVALID");
  });

  it("stops at the step where the network gives NaN, and names the stage", async () => {
    const broken: Denoiser = {
      ...whiteDenoiser,
      denoise: (x, level) => {
        const { x0, epsilon } = whiteDenoiser.denoise(x, level);
        return { x0: level.index.less(600).where(x0.mul(0).div(0), x0), epsilon };
      },
    };
    await expect(sample(stages({ denoiser: broken }), {}, referenceBackend({ checkFinite: false }))).rejects.toMatchObject({
      code: "LEADER_STAGE_NOT_FINITE",
      message: expect.stringMatching(/denoiser .* step 2 \(level 501\)/u) as string,
    });
  });

  it("refuses impossible decisions", async () => {
    const going = (to: number, travelTo?: number): StepScheduler => ({
      observes: [],
      maxSteps: () => 2,
      start: () => ({ from: 500, state: null }),
      decide: () => ({ decision: { kind: "step", to, ...(travelTo === undefined ? {} : { travelTo }) }, state: null }),
    });
    for (const scheduler of [going(500), going(501), going(-1), going(1.5), going(100, 100), going(100, 5000), going(499, 500)]) {
      expect(await codeOf(sample(stages({ scheduler })))).toBe("LEADER_SCHEDULE_INVALID");
    }
  });

  it("stops early when the scheduler says so", async () => {
    const scheduler: StepScheduler = { ...gridScheduler(grid), decide: () => ({ decision: { kind: "stop", reason: "enough" }, state: 0 }) };
    expect(await sample(stages({ scheduler }))).toMatchObject({ outcome: "stopped", reason: "enough" });
  });

  it("can be cancelled between steps", async () => {
    const controller = new AbortController();
    const run = sample(stages(), {
      signal: controller.signal,
      emit: (event) => (event.type === "step-end" ? controller.abort() : undefined),
    });
    expect(await codeOf(run)).toBe("LEADER_ABORTED");
  });

  it("refuses a state whose structure changes", async () => {
    const growing: UpdateRule = {
      init: (ctx) => ({ x: ctx.noise("init", image), state: { a: ctx.sigmaY } }),
      step: (_, { x }, state) => ({ x, state: { a: (state as { a: Tensor }).a, b: x } }),
    };
    expect(() => traceSampler(stages({ baseline: growing }))).toThrow(/began as \{ a: float32\[\] \} and became/u);
  });

  it("refuses an estimator that needs noise which the baseline does not report", () => {
    const silent: UpdateRule = { init: (ctx) => ({ x: ctx.noise("init", image), state: {} }), step: (_, { x }) => ({ x, state: {} }) };
    const estimator = {
      needsFreshNoise: true,
      estimate: (_: unknown, at: { x: Tensor }) => ({ variance: at.x, mean: at.x.mean(), standardError: at.x.mean() }),
    };
    expect(() => traceSampler(stages({ baseline: silent, uncertainty: estimator }))).toThrow(
      expect.objectContaining({ code: "LEADER_FRESH_NOISE_MISSING" }) as Error,
    );
    expect(() => traceSampler(stages({ scheduler: { ...gridScheduler(grid), observes: ["uncertainty"] } }))).toThrow(
      expect.objectContaining({ code: "LEADER_UNCERTAINTY_MISSING" }) as Error,
    );
  });
});

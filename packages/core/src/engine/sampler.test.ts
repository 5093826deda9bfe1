import { describe, expect, it } from "vitest";
import type { UpdateRule } from "../contract/baseline.js";
import type { Denoiser, NoiseSchedule } from "../contract/denoiser.js";
import type { DeviceTensor, HostTensor, Backend, Tensor } from "@leader/graph";
import type { StepScheduler } from "../contract/scheduler.js";
import type { UncertaintyEstimator } from "../contract/uncertainty.js";
import { linearOperator } from "../linear/linear-operator.js";
import { referenceBackend } from "@leader/graph/reference";
import { linearBetaSchedule } from "../schedule/noise-schedule.js";
import { toEngineNoise, unitRangeNoise } from "../units.js";
import { compileSampler } from "./compile-sampler.js";
import { drawNoise } from "./noise-source.js";
import { runSampler, type SamplerRun } from "./run-sampler.js";
import type { SamplerStages } from "./stages.js";
import { traceSampler } from "./trace-sampler.js";

const image = { shape: [1, 3, 4, 5], dtype: "float32" } as const;
const schedule: NoiseSchedule = linearBetaSchedule({ steps: 1000 });

/** The optimal denoiser of x ~ N(0, I): E[x0 | x] = sqrt(alphaBar) x. */
const whiteDenoiser: Denoiser = {
  image,
  schedule,
  differentiable: true,
  denoise: (x, level) => ({ x0: x.mul(level.sqrtAlphaBar), epsilon: x.mul(level.sqrtOneMinusAlphaBar) }),
};

const operator = linearOperator({ name: "identity", domain: image, apply: (x) => x.mul(1) });

/** DDIM with a counter in its state, so that state, noise and pass-through values are all exercised. */
const ddim: UpdateRule<{ count: Tensor; unchanged: Tensor }> = {
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

const gridScheduler = (grid: readonly number[]): StepScheduler<number> => ({
  observes: [],
  maxSteps: () => grid.length,
  start: () => ({ from: grid[0]!, state: 0 }),
  decide: (_observed, at) => ({ decision: { kind: "step", to: grid[at + 1] ?? 0 }, state: at + 1 }),
});

const grid = [991, 751, 501, 251, 1];
const stages = (change: Partial<SamplerStages> = {}): SamplerStages => ({
  operator,
  denoiser: whiteDenoiser,
  baseline: ddim,
  scheduler: gridScheduler(grid),
  noiseFree: true,
  ...change,
});

const y: HostTensor = { shape: image.shape, dtype: "float32", data: new Float32Array(60) };

async function sample(parts: SamplerStages, change: Partial<SamplerRun> = {}, backend: Backend = referenceBackend()) {
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

const codeOf = async (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => "no error",
    (error: unknown) => (error as { code?: unknown }).code,
  );

describe("sampler", () => {
  it("walks the grid once and counts evaluations in the graph", async () => {
    const events: string[] = [];
    const result = await sample(stages(), { emit: (event) => events.push(event.type) });
    expect(result.outcome).toBe("completed");
    expect(result.steps.map((s) => s.decision)).toEqual(grid.map((from, i) => ({ kind: "step", to: grid[i + 1] ?? 0 })));
    expect(events.filter((type) => type === "step-end")).toHaveLength(5);
    // The white denoiser is no Function node, so nothing counts as a network evaluation.
    expect(result.evaluations).toBe(0);
  });

  it("carries state from step to step and reports observations", async () => {
    const counts: unknown[] = [];
    await sample(stages(), { emit: (event) => (event.type === "step-end" ? counts.push(event.observed.count) : undefined) });
    expect(counts).toEqual([0, 1, 2, 3, 4]);
  });

  it("gives the same bits for the same seed and others for another", async () => {
    const [a, b, c] = [await sample(stages()), await sample(stages()), await sample(stages(), { seed: 1 })];
    expect(a.x.data).toEqual(b.x.data);
    expect(a.x.data).not.toEqual(c.x.data);
  });

  it("keeps what only time travel reads for schedulers that travel, and only for them", async () => {
    const remembering: UpdateRule<{ count: Tensor; last: Tensor }> = {
      init: (ctx) => ({ x: ctx.noise("init", image), state: { count: ctx.sigmaY.mul(0), last: ctx.sigmaY.expand(image.shape) } }),
      step: (_ctx, { prior, to }, { count }) => ({
        x: prior.x0.mul(to.sqrtAlphaBar).add(count),
        state: { count: count.add(1), last: prior.x0.mul(2) },
      }),
      travel: (_ctx, _at, state) => ({ x: state.last, state }),
    };
    const [traveller, walker] = [gridScheduler(grid), { ...gridScheduler(grid), travels: false }].map((scheduler) =>
      stages({ baseline: remembering, scheduler }),
    ) as [SamplerStages, SamplerStages];
    expect([...traceSampler(traveller).update.results.keys()]).toEqual(["x", "state.0", "state.1", "observed"]);
    const lean = traceSampler(walker);
    expect([...lean.update.results.keys()]).toEqual(["x", "state.0", "observed"]);
    expect(lean.update.graph.outputs).toHaveLength(3);
    expect([...lean.init.results.keys()]).toEqual(["x", "state.0"]);
    expect((await sample(walker)).x.data).toEqual((await sample(traveller)).x.data);
  });

  it("refuses time travel from a scheduler that said it never does", async () => {
    const scheduler: StepScheduler<number> = {
      ...gridScheduler(grid),
      travels: false,
      decide: (_observed, at) => ({ decision: { kind: "step", to: 251, travelTo: 501 }, state: at }),
    };
    expect(await codeOf(sample(stages({ scheduler })))).toBe("LEADER_SCHEDULE_INVALID");
  });

  it("gives the estimator whitened noise of any form: a draw, a draw over a number, or neither", async () => {
    const forms: readonly ((z: Tensor, to: Tensor) => Tensor)[] = [
      (z) => z,
      (z, to) => z.div(to.add(2)),
      (z, to) => z.mul(to),
      (z) => z.add(z.mul(z)),
    ];
    for (const form of forms) {
      const seen: number[] = [];
      const expected: number[] = [];
      const baseline: UpdateRule = {
        init: (ctx, { level }) => {
          const x = ctx.noise("init", image);
          return { x, state: {}, freshNoise: { whitened: form(x, level.sqrtAlphaBar), total: x } };
        },
        step: (ctx, { prior, to }) => {
          const z = ctx.noise("z", image);
          ctx.observe("expected", form(z, to.sqrtAlphaBar).sum());
          return { x: prior.x0, state: {}, freshNoise: { whitened: form(z, to.sqrtAlphaBar), total: z } };
        },
        travel: (_ctx, { x }, state) => ({ x, state, freshNoise: { whitened: x, total: x } }),
      };
      const estimator: UncertaintyEstimator = {
        needsFreshNoise: true,
        estimate: (ctx, { x, freshNoise }) => {
          ctx.observe("seen", freshNoise!.whitened.sum());
          const zero = x.trace.scalar(0, "float32");
          return { variance: x.square(), mean: zero, standardError: zero };
        },
      };
      await sample(stages({ baseline, uncertainty: estimator }), {
        emit: (event) => {
          if (event.type !== "step-end") return;
          seen.push(event.observed["seen"]!);
          expected.push(event.observed["expected"]!);
        },
      });
      // The estimate of a step sees the noise of the step before.
      seen.slice(1).forEach((value, i) => expect(value).toBeCloseTo(expected[i]!, 4));
      expect(new Set(seen).size).toBe(grid.length);
    }
  });

  it("disposes every device tensor", async () => {
    let alive = 0;
    const counted = (tensor: DeviceTensor): DeviceTensor => {
      alive++;
      return {
        shape: tensor.shape,
        dtype: tensor.dtype,
        read: () => tensor.read(),
        [Symbol.dispose]: () => {
          alive--;
          tensor[Symbol.dispose]();
        },
      };
    };
    const inner = referenceBackend();
    const originals = new Map<DeviceTensor, DeviceTensor>();
    const wrap = (tensor: DeviceTensor): DeviceTensor => {
      const wrapped = counted(tensor);
      originals.set(wrapped, tensor);
      return wrapped;
    };
    const backend: Backend = {
      name: inner.name,
      description: inner.description,
      unsupported: (graph) => inner.unsupported(graph),
      upload: async (value) => wrap(await inner.upload(value)),
      compile: async (graph) => {
        const executable = await inner.compile(graph);
        return {
          run: async (inputs) => (await executable.run(inputs.map((t) => originals.get(t)!))).map(wrap),
          [Symbol.asyncDispose]: () => executable[Symbol.asyncDispose](),
        };
      },
      [Symbol.asyncDispose]: () => inner[Symbol.asyncDispose](),
    };
    await sample(stages(), {}, backend);
    expect(alive).toBe(0);
    await codeOf(sample(stages(), { signal: AbortSignal.abort() }, backend));
    expect(alive).toBe(0);
  });

  it("travels back by the forward process where the rule has no way of its own", async () => {
    const scheduler: StepScheduler<number> = {
      observes: [],
      maxSteps: () => 3,
      start: () => ({ from: 991, state: 0 }),
      decide: (_observed, n) => ({
        decision: n === 0 ? { kind: "step", to: 251, travelTo: 751 } : { kind: "step", to: 0 },
        state: n + 1,
      }),
    };
    const states: number[] = [];
    const result = await sample(stages({ scheduler }), {
      emit: (event) => (event.type === "step-start" ? states.push(event.from) : undefined),
    });
    expect(states).toEqual([991, 751]);
    expect(result.outcome).toBe("completed");
  });

  it("asks a rule without a travel of its own for its fresh noise only where the scheduler travels", async () => {
    const estimator: UncertaintyEstimator = {
      needsFreshNoise: true,
      estimate: (_ctx, { freshNoise }) => {
        const variance = freshNoise!.whitened.square().mean();
        return { variance, mean: variance, standardError: variance.mul(0) };
      },
    };
    const scheduler = gridScheduler([991, 501, 0]);
    expect(await codeOf(sample(stages({ uncertainty: estimator, scheduler })))).toBe("LEADER_FRESH_NOISE_MISSING");
    const result = await sample(stages({ uncertainty: estimator, scheduler: { ...scheduler, travels: false } }));
    // Unit normal draws of 60 values: their mean square.
    for (const { observed } of result.steps) expect(Math.abs(observed["uncertainty"]! - 1)).toBeLessThan(5 * Math.sqrt(2 / 60));
    expect(result.steps).toHaveLength(2);
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

describe("draws", () => {
  it("do not depend on the batch", () => {
    const request = { seed: 3, firstImage: 5, batch: 2, step: 1, input: "noise:z", shape: [2, 3, 4] };
    const both = drawNoise(request).data;
    const second = drawNoise({ ...request, firstImage: 6, batch: 1, shape: [1, 3, 4] }).data;
    expect(both.slice(12)).toEqual(second);
  });
});

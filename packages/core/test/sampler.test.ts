import type { Backend, DeviceTensor, Tensor } from "@leader/graph";
import { referenceBackend } from "@leader/graph/reference";
import { describe, expect, it } from "vitest";
import type { UpdateRule } from "../src/contract/baseline.js";
import type { StepScheduler } from "../src/contract/scheduler.js";
import type { UncertaintyEstimator } from "../src/contract/uncertainty.js";
import { drawNoise } from "../src/engine/noise-source.js";
import type { SamplerStages } from "../src/engine/stages.js";
import { traceSampler } from "../src/engine/trace-sampler.js";
import { codeOf, grid, gridScheduler, image, sample, stages } from "./sampler-fixture.js";

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
});

describe("draws", () => {
  it("do not depend on the batch", () => {
    const request = { seed: 3, firstImage: 5, batch: 2, step: 1, input: "noise:z", shape: [2, 3, 4] };
    const both = drawNoise(request).data;
    const second = drawNoise({ ...request, firstImage: 6, batch: 1, shape: [1, 3, 4] }).data;
    expect(both.slice(12)).toEqual(second);
  });
});

import { beforeAll, describe, expect, it } from "vitest";
import { hashGraph, sizeOf, type Backend, type Aval, type HostTensor } from "@leader/graph";
import type { UpdateRule } from "../contract/baseline.js";
import type { LinearOperator } from "../contract/operator.js";
import type { Capability, Stage } from "../contract/plugin.js";
import { referenceBackend } from "@leader/graph/reference";
import { compileSampler, type CompiledSampler } from "../engine/compile-sampler.js";
import { runSampler, type SamplerResult } from "../engine/run-sampler.js";
import type { SamplerStages } from "../engine/stages.js";
import { evaluationsOfStep, phasesOf } from "../engine/sampler-graphs.js";
import { traceSampler } from "../engine/trace-sampler.js";
import { uniformSteps } from "../schedule/step-sequences.js";
import { toEngineNoise, unitRangeNoise } from "../units.js";
import { createStage } from "./create-stage.js";
import { combination, evaluator, norm, normalArray } from "@leader/graph/testing";
import { gaussianOracle } from "./gaussian-oracle.js";
import { maskOperator, poolingOperator } from "./test-operators.js";
import { walkScheduler } from "./walk.js";

export interface DescribeBaselineOptions {
  /** Options of the stage. Default `{}`. */
  readonly options?: unknown;
  /** The method ends at A x = y for measurements without noise. Default false: not tested. */
  readonly hardConsistency?: boolean;
  /**
   * The mean over seeds goes to the posterior mean as steps grow, for measurements of these noise levels (for [0,1] images). Each entry
   * may state how far it may remain, relative to the prior's spread; default 0.1. Default: noise-free only.
   */
  readonly approachesPosteriorMean?: readonly { readonly noise: number; readonly within?: number }[];
  /** Steps of the short and the long run of that test. Default 4 and 60. */
  readonly steps?: readonly [number, number];
  /** Where to run. Default: the reference backend, rounding to float32 between graphs. */
  readonly backend?: () => Backend | Promise<Backend>;
}

const image: Aval = { shape: [1, 1, 6, 6], dtype: "float32" };
const operators = { pooling: poolingOperator, mask: maskOperator };
/** Runs whose mean is compared with the posterior mean. */
const batch = 128;

/**
 * Declares the conformance tests of a baseline on a Gaussian prior, where the optimal network and the posterior are known in closed
 * form. Operators show only the powers that the stage declares in `requires`.
 */
export function describeBaseline(name: string, stage: Stage<"baseline">, options: DescribeBaselineOptions = {}): void {
  describe(name, () => {
    const setup = new Setup(stage, options);
    beforeAll(() => setup.start());

    it("is traced to the same graphs every time, with a state of constant structure", () => {
      const hashes = (): readonly string[] => {
        return phasesOf(traceSampler(setup.stages(poolingOperator(image), 0))).map(({ graph }) => hashGraph(graph));
      };
      expect(hashes()).toEqual(hashes());
    });

    it("compiles once for all noise levels, counts its evaluations, and leaves its inputs alone", async () => {
      const task = setup.task(poolingOperator(image), 0);
      const before = task.y.data.slice();
      const graphs = traceSampler(task.stages);
      const first = await setup.run(task, { steps: 7, seed: 1 });
      const second = await setup.run(task, { steps: 3, seed: 1 });
      expect(graphs.predict.evaluations).toBeGreaterThanOrEqual(1);
      for (const [result, steps] of [
        [first, 7],
        [second, 3],
      ] as const) {
        expect(result.outcome).toBe("completed");
        const most = graphs.init.evaluations + steps * evaluationsOfStep(graphs);
        if (graphs.inner?.until === undefined) expect(result.evaluations).toBe(most);
        else expect(result.evaluations).toBeLessThanOrEqual(most);
      }
      expect(setup.compilations(task)).toBe(phasesOf(graphs).length - 1);
      expect(task.y.data).toEqual(before);
    });

    it("repeats a seed to the last bit", async () => {
      const task = setup.task(poolingOperator(image), 0.05);
      const one = await setup.run(task, { steps: 5, seed: 3 });
      const again = await setup.run(task, { steps: 5, seed: 3 });
      const other = await setup.run(task, { steps: 5, seed: 4 });
      expect(again.x.data).toEqual(one.x.data);
      expect(other.x.data).not.toEqual(one.x.data);
    });

    it("gives every image of a batch what it would have alone", async () => {
      const two = setup.task(poolingOperator(wide(image, 2)), 0);
      const together = await setup.run(two, { steps: 4, seed: 5 });
      const alone = setup.task(poolingOperator(image), 0, part(two.y, 1));
      const second = await setup.run(alone, { steps: 4, seed: 5, firstImage: 1 });
      const expected = Float64Array.from(second.x.data);
      const received = Float64Array.from(part(together.x, 1).data);
      expect(norm(combination(1, received, -1, expected)) / norm(expected)).toBeLessThan(1e-5);
    });

    it("travels back in time", async () => {
      const task = setup.task(maskOperator(image), 0);
      const result = await setup.walk(task, [801, 601, 401, 601, 401, 201, 0], { seed: 2 });
      expect(result.outcome).toBe("completed");
      expect(result.steps).toHaveLength(5);
      expect(result.x.data.every(Number.isFinite)).toBe(true);
    });

    if (options.hardConsistency === true) describeConsistency(setup);
    for (const { noise, within = 0.1 } of options.approachesPosteriorMean ?? [{ noise: 0 }])
      describePosteriorMean(setup, noise, within, options.steps ?? [4, 60]);
  });
}

function describeConsistency(setup: Setup): void {
  it.each(Object.entries(operators))("ends at A x = y without noise: %s", async (_name, make) => {
    const operator = make(image);
    const task = setup.task(operator, 0);
    const { x } = await setup.run(task, { steps: 10, seed: 0 });
    const apply = evaluator((value) => operator.apply(value), [image]);
    const y = Float64Array.from(task.y.data);
    expect(norm(combination(1, apply(Float64Array.from(x.data)), -1, y)) / norm(y)).toBeLessThanOrEqual(1e-5);
  });
}

function describePosteriorMean(setup: Setup, noise: number, within: number, [few, many]: readonly [number, number]): void {
  it(`approaches the posterior mean as steps grow: noise ${noise}`, async () => {
    const operator = poolingOperator(image);
    const single = setup.task(operator, noise);
    const oracle = setup.oracle;
    const posterior = oracle.posterior(operator, single.y.data, toEngineNoise(unitRangeNoise(noise)));
    const n = sizeOf(image.shape);
    const spread = Math.sqrt(trace(oracle.covariance, n));
    const task = setup.task(poolingOperator(wide(image, batch)), noise, repeated(single.y, batch));
    const distance = async (steps: number): Promise<number> => {
      const { x } = await setup.run(task, { steps, seed: 11 });
      return norm(combination(1, meanOfBatch(x.data, n), -1, posterior.mean)) / spread;
    };
    // The mean of a finite number of runs is itself off by this much (two standard deviations, relative to the spread).
    const uncertainty = (2 * Math.sqrt(trace(posterior.covariance, n) / batch)) / spread;
    const limit = within + uncertainty;
    // A limit that an image without any method meets would say nothing about one.
    for (const trivial of trivialImages(operator, single.y, posterior.mean))
      expect(norm(combination(1, trivial, -1, posterior.mean)) / spread).toBeGreaterThan(limit);
    const [coarse, fine] = [await distance(few), await distance(many)];
    expect(fine).toBeLessThanOrEqual(limit);
    expect(fine).toBeLessThanOrEqual(coarse + uncertainty);
  });
}

/** Images that take no method: grey, the best constant, and the pseudo-inverse of the measurement. */
function trivialImages(operator: LinearOperator, y: HostTensor, target: Float64Array): readonly Float64Array[] {
  const mean = target.reduce((sum, value) => sum + value, 0) / target.length;
  const inverted = evaluator((value) => operator.pinv!(value), [operator.range])(Float64Array.from(y.data));
  return [target.map(() => 0), target.map(() => mean), inverted];
}

interface Task {
  readonly stages: SamplerStages;
  readonly y: HostTensor;
  readonly noise: number;
}

/** What the tests of one stage share: the prior, the stage, and samplers compiled once per task. */
class Setup {
  readonly oracle = gaussianOracle({ shape: image.shape, seed: 1 });
  readonly #samplers = new Map<Task, Promise<CompiledSampler>>();
  readonly #compilations = new Map<Task, number>();
  #rule: UpdateRule | undefined;

  constructor(
    readonly stage: Stage<"baseline">,
    readonly options: DescribeBaselineOptions,
  ) {}

  async start(): Promise<void> {
    this.#rule = await createStage(this.stage, this.options.options ?? {});
  }

  stages(operator: LinearOperator, noise: number): SamplerStages {
    const denoiser = this.oracle.factory.at(operator.domain);
    return {
      operator: withPowers(operator, this.stage.requires ?? []),
      denoiser: {
        image: denoiser.image,
        schedule: denoiser.schedule,
        differentiable: true,
        denoise: (x, level) => denoiser.denoise(x, level),
      },
      baseline: this.#rule!,
      scheduler: walkScheduler([1, 0]),
      noiseFree: noise === 0,
    };
  }

  /** A measurement of a draw of the prior, unless one is given. */
  task(operator: LinearOperator, noise: number, y: HostTensor = this.#measure(operator, noise)): Task {
    return { stages: this.stages(operator, noise), y, noise };
  }

  run(task: Task, at: { readonly steps: number; readonly seed: number; readonly firstImage?: number }): Promise<SamplerResult> {
    return this.walk(task, uniformSteps(this.oracle.schedule, at.steps), at);
  }

  async walk(
    task: Task,
    levels: readonly number[],
    { seed, firstImage = 0 }: { readonly seed: number; readonly firstImage?: number },
  ): Promise<SamplerResult> {
    const { schedule } = this.oracle;
    const sigmaY = toEngineNoise(unitRangeNoise(task.noise));
    return await runSampler(await this.#sampler(task), { schedule, scheduler: walkScheduler(levels), y: task.y, sigmaY, seed, firstImage });
  }

  /** How many graphs have been compiled for a task. */
  compilations(task: Task): number {
    return this.#compilations.get(task) ?? 0;
  }

  #sampler(task: Task): Promise<CompiledSampler> {
    const known = this.#samplers.get(task) ?? this.#compile(task);
    this.#samplers.set(task, known);
    return known;
  }

  async #compile(task: Task): Promise<CompiledSampler> {
    const backend = await (this.options.backend ?? referenceBackend)();
    return await compileSampler(traceSampler(task.stages), backend, () => this.#compilations.set(task, this.compilations(task) + 1));
  }

  #measure(operator: LinearOperator, noise: number): HostTensor {
    const prior = gaussianOracle({ shape: operator.domain.shape, seed: 1 });
    const clean = evaluator((x) => operator.apply(x), [operator.domain])(Float64Array.from(prior.sample(7).data));
    const added = normalArray(operator.range, 8, "measurement");
    return { ...operator.range, data: Float32Array.from(combination(1, clean, toEngineNoise(unitRangeNoise(noise)), added)) };
  }
}

/** The operator with only those of its optional powers that are declared, so that a stage that forgot to declare one fails. */
export function withPowers(operator: LinearOperator, declared: readonly Capability[]): LinearOperator {
  return new Proxy(operator, {
    get(target, member) {
      const optional = member === "pinv" || member === "svd" || member === "proxL2";
      const value: unknown = Reflect.get(target, member);
      return optional && !declared.includes(`operator.${member}`) ? undefined : value;
    },
  });
}

const wide = ({ shape, dtype }: Aval, count: number): Aval => ({ shape: [count, ...shape.slice(1)], dtype });

/** One image of a batch. */
function part({ shape, dtype, data }: HostTensor, at: number): HostTensor {
  const size = sizeOf(shape.slice(1));
  return { shape: [1, ...shape.slice(1)], dtype, data: data.slice(at * size, (at + 1) * size) };
}

const repeated = ({ shape, dtype, data }: HostTensor, count: number): HostTensor => ({
  shape: [count, ...shape.slice(1)],
  dtype,
  data: Float32Array.from({ length: data.length * count }, (_, i) => data[i % data.length]!),
});

function meanOfBatch(data: HostTensor["data"], n: number): Float64Array {
  const mean = new Float64Array(n);
  data.forEach((value, i) => (mean[i % n]! += (value * n) / data.length));
  return mean;
}

const trace = (matrix: Float64Array, n: number): number =>
  Array.from({ length: n }, (_, i) => matrix[i * n + i]!).reduce((a, b) => a + b, 0);

import {
  compileSampler,
  runSampler,
  toEngineNoise,
  traceSampler,
  type LinearOperator,
  type NoiseSource,
  type PipelineEventBody,
  type SamplerGraphs,
  type SamplerStages,
} from "@leader/core";
import { formatAval, isLeaderError, memoryOf, type Aval, type HostTensor } from "@leader/graph";
import { errors } from "../../error-codes.js";
import { freshNoiseProblem } from "../compose/capabilities.js";
import { Composition } from "../compose/compose.js";
import { locateStageError, within } from "../compose/stage-errors.js";
import type { Blueprint } from "../config/blueprint.js";
import { ConfigError } from "../config/diagnostic.js";
import { hashOf } from "../config/freeze.js";
import { originOf } from "../plugins/origin.js";
import type { RestoreOptions, RestoreResult } from "../types.js";
import { FrameRecorder } from "./frame-recorder.js";
import { requireRange } from "./measurement.js";
import { requireImage, requireUsable } from "./number-checks.js";
import { joinedResults, picturesOf } from "./batch.js";
import { previewEvent } from "./preview.js";
import { timed, type TimedSampler } from "./timed-sampler.js";
import { watchCompiles } from "./watch-compiles.js";

/** Compiled samplers that are kept for other image sizes; each holds the network's weights in the form of the runtime. */
const keptSizes = 2;
/** Bytes of weights from which only the last one is kept: compiling again takes less than one evaluation. */
const largeWeights = 200e6;

type Emit = (event: PipelineEventBody) => void;

interface Prepared {
  readonly stages: SamplerStages;
  readonly operator: LinearOperator;
  readonly timed: TimedSampler;
  /** Bytes of the network. */
  readonly weights: number;
}

/** The stages of a pipeline set up in this process: traces and compiles once per image size, then restores image after image. */
export class Engine implements AsyncDisposable {
  readonly #composition: Composition;
  readonly #noise: NoiseSource | undefined;
  readonly #prepared = new Map<string, Promise<Prepared>>();
  #emit: Emit = () => undefined;
  #loadSeconds = 0;

  constructor(blueprint: Blueprint, noise?: NoiseSource) {
    this.#composition = new Composition(blueprint, (code, message) => this.#emit({ type: "warning", code, message }));
    this.#noise = noise;
  }

  /** Restores one measurement; one at a time. Errors: coded, after a `run-end` event. */
  async restore(y: HostTensor, options: RestoreOptions, emit: Emit): Promise<RestoreResult> {
    this.#emit = watchCompiles(emit);
    let evaluations = 0;
    const counting: Emit = (event) => {
      if (event.type === "step-end") evaluations = event.evaluations;
      this.#emit(event);
    };
    try {
      const result = await this.#each(y, options, counting);
      emit({ type: "run-end", outcome: result.outcome, reason: result.reason, evaluations: result.evaluations });
      return result;
    } catch (error) {
      const aborted = options.signal?.aborted === true;
      const coded = aborted ? errors.RUN_CANCELLED({ at: `after ${evaluations} evaluations` }, { cause: error }) : codedError(error);
      emit({ type: "run-end", outcome: aborted ? "aborted" : "failed", reason: coded.message, evaluations });
      throw coded;
    } finally {
      this.#emit = () => undefined;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const prepared of await Promise.allSettled(this.#prepared.values())) {
      if (prepared.status === "fulfilled") await prepared.value.timed.sampler[Symbol.asyncDispose]();
    }
    this.#prepared.clear();
    await this.#composition[Symbol.asyncDispose]();
  }

  /**
   * Pictures of a batch are restored one after the other: a scheduler decides by what it observes of one picture, and what
   * else is in the batch must not change a result by a single bit.
   */
  async #each(y: HostTensor, options: RestoreOptions, emit: Emit): Promise<RestoreResult> {
    const [first, ...rest] = picturesOf(y);
    const results: [RestoreResult, ...RestoreResult[]] = [await this.#restore(first, options, emit)];
    const { record: _first, ...others } = options;
    for (const [i, one] of rest.entries()) results.push(await this.#restore(one, { ...others, image: (options.image ?? 0) + i + 1 }, emit));
    return joinedResults(results);
  }

  async #restore(y: HostTensor, options: RestoreOptions, emit: Emit): Promise<RestoreResult> {
    const { blueprint } = this.#composition;
    const seed = options.seed ?? blueprint.config.seed;
    await this.#load();
    const image = await this.#composition.imageFor({ shape: y.shape, dtype: y.dtype });
    const backend = await this.#composition.get("backend");
    const scheduler = await this.#composition.get("scheduler");
    const { schedule } = await this.#composition.get("denoiser");
    emit({
      type: "run-start",
      configHash: hashOf(blueprint.config),
      seed,
      plugins: blueprint.plugins.map((p) => `${p.name}@${p.version}`),
      stages: stagesOf(blueprint),
      backend: backend.description,
      maxSteps: scheduler.maxSteps(schedule),
    });
    for (const { code, message } of blueprint.warnings) emit({ type: "warning", code, message });
    const compileStart = performance.now();
    const known = this.#prepared.has(formatAval(image));
    const prepared = await this.#prepare(image);
    const compile = known ? 0 : seconds(compileStart);
    requireRange(prepared.operator, y);
    requireUsable(y);
    const noise = this.#composition.noiseOf(y, prepared.operator);
    prepared.timed.take();
    const start = performance.now();
    const { previewEvery, signal } = options;
    const recorder = options.record === undefined ? undefined : new FrameRecorder(options.record);
    const result = await runSampler(prepared.timed.sampler, {
      schedule: prepared.stages.denoiser.schedule,
      scheduler: guardScheduler(blueprint, prepared.stages.scheduler),
      y,
      sigmaY: toEngineNoise(noise),
      seed,
      firstImage: options.image ?? 0,
      emit,
      ...(this.#noise === undefined ? {} : { noise: this.#noise }),
      ...(signal === undefined ? {} : { signal }),
      ...(previewEvery === undefined ? {} : { preview: { every: previewEvery, show: (x0, step) => emit(previewEvent(x0, step)) } }),
      ...(recorder === undefined ? {} : { inspect: recorder.inspect }),
    });
    requireImage(result.x);
    const sampling = seconds(start);
    const spent = prepared.timed.take();
    const load = this.#loadSeconds;
    this.#loadSeconds = 0;
    return {
      image: result.x,
      outcome: result.outcome,
      reason: result.reason,
      evaluations: result.evaluations,
      noise,
      steps: result.steps,
      ...(recorder === undefined ? {} : { frames: recorder.frames() }),
      seconds: { load, compile, sampling, network: spent.predict / 1000, update: spent.others / 1000 },
      backend: backend.description,
      peakMemoryMiB: process.resourceUsage().maxRSS / 1024,
    };
  }

  async #load(): Promise<void> {
    const start = performance.now();
    await this.#composition.make([...this.#composition.blueprint.selected.keys()]);
    this.#loadSeconds += seconds(start);
  }

  async #prepare(image: Aval): Promise<Prepared> {
    const key = formatAval(image);
    const known = this.#prepared.get(key);
    if (known !== undefined) return await known;
    await this.#makeRoom();
    const preparing = this.#compile(image);
    this.#prepared.set(key, preparing);
    preparing.catch(() => this.#prepared.delete(key));
    return await preparing;
  }

  async #compile(image: Aval): Promise<Prepared> {
    const stages = await this.#composition.stagesAt(image);
    const graphs = traceStages(this.#composition.blueprint, stages);
    const backend = await this.#composition.get("backend");
    const sampler = await compileSampler(graphs, backend, (event) => this.#emit(event));
    return { stages, operator: stages.operator, timed: timed(sampler), weights: memoryOf(graphs.predict.graph).weights };
  }

  async #makeRoom(): Promise<void> {
    const known = await Promise.allSettled(this.#prepared.values());
    const large = known.some((result) => result.status === "fulfilled" && result.value.weights > largeWeights);
    const most = large ? 1 : keptSizes;
    for (const [key, prepared] of [...this.#prepared].slice(0, Math.max(0, this.#prepared.size - most + 1))) {
      this.#prepared.delete(key);
      await (await prepared).timed.sampler[Symbol.asyncDispose]();
    }
  }
}

/** Traces the stages; errors become problems at the `use:` of the stage they name. */
export function traceStages(blueprint: Blueprint, stages: SamplerStages): SamplerGraphs {
  try {
    return traceSampler(stages);
  } catch (error) {
    if (isLeaderError(error) && error.code === "LEADER_FRESH_NOISE_MISSING") {
      const problem = freshNoiseProblem(blueprint, error.message);
      if (problem !== undefined) throw new ConfigError([problem]);
    }
    throw locateStageError(blueprint, error);
  }
}

/** The stages of a blueprint as `run-start` shows them. */
function stagesOf({ config }: Blueprint): Readonly<Record<string, { readonly use: string; readonly with: unknown }>> {
  const { apiVersion: _version, seed: _seed, noise: _noise, ...stages } = config;
  return stages;
}

/** The scheduler with its code watched: an exception names it. */
export function guardScheduler(blueprint: Blueprint, scheduler: SamplerStages["scheduler"]): SamplerStages["scheduler"] {
  const name = blueprint.selected.get("scheduler")!;
  return {
    observes: scheduler.observes,
    ...(scheduler.travels === undefined ? {} : { travels: scheduler.travels }),
    maxSteps: (schedule) => within(name, () => scheduler.maxSteps(schedule)),
    start: (schedule) => within(name, () => scheduler.start(schedule)),
    decide: (at, state) => within(name, () => scheduler.decide(at, state)),
  };
}

/** Anything thrown as a coded error. */
export function codedError(error: unknown): Error & { readonly code: string } {
  if (isLeaderError(error)) return error;
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  const origin = originOf(error);
  return errors.UNEXPECTED({ name, message: origin === undefined ? message : `${message} (at ${origin})` }, { cause: error });
}

const seconds = (start: number): number => (performance.now() - start) / 1000;

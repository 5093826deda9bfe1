import type { LinearOperator, NoiseSource, PipelineEventBody } from "@leader/core";
import { defined, isLeaderError, Once, sizeOf, type Aval, type HostTensor } from "@leader/graph";
import { errors } from "../../error-codes.js";
import { defaultMemoryMiB } from "../free-memory.js";
import { Composition } from "../compose/compose.js";
import { pinsOf, type Blueprint } from "../config/blueprint.js";
import { hashOf } from "../config/freeze.js";
import { stagesOf } from "../pins/pin-pipeline.js";
import type { NoiseLevel } from "../../noise/noise-level.js";
import type { MadeWith, PinnedPipeline } from "../pinned.js";
import { thisMachine } from "../pins/this-machine.js";
import { originOf } from "../plugins/origin.js";
import type { RestoreOptions, RestorePlan, RestoreResult, RestoreWay } from "../types.js";
import { joinedResults, picturesOf } from "./batch.js";
import { eveningFor } from "./evening.js";
import { FrameRecorder } from "./frame-recorder.js";
import { interimFor, type Interim, type Resumed } from "./interim.js";
import { requireRange } from "./measurement.js";
import { chosenSizing, ranOutOfMemory, shownParts, sidesOf, whyOtherParts, type ChosenSizing } from "./memory-plan.js";
import { requireImage, requireUsable } from "./number-checks.js";
import { namingStages } from "./naming-stages.js";
import { previewsFor } from "./preview.js";
import { SamplerStore } from "./sampler-store.js";
import type { Sampled } from "./sampled.js";
import { sampleSized, type Sampling } from "./sampling.js";
import type { Sizing } from "./sizing.js";
import { smallPicture } from "./small-picture.js";
import { UnexplainedDetail } from "./unexplained-detail.js";
import { watchCompiles } from "./watch-compiles.js";

type Emit = (event: PipelineEventBody) => void;

export interface EngineOptions {
  readonly noise?: NoiseSource | undefined;
  /** Resident memory that this process may use. Default: 90 % of what is free. */
  readonly memoryMiB?: number | undefined;
  /** Results are sent to another process. */
  readonly sends?: boolean;
}

/** The stages of a pipeline set up in this process: traces and compiles once per image size, then restores image after image. */
export class Engine implements AsyncDisposable {
  readonly #composition: Composition;
  readonly #noise: NoiseSource | undefined;
  readonly #memoryMiB: number;
  readonly #sends: boolean;
  readonly #samplers: SamplerStore;
  readonly #detail: UnexplainedDetail;
  #emit: Emit | undefined;
  /** Warnings that came while nobody listened, for the next who does: a stage gives each once, when it is made. */
  readonly #unheard: PipelineEventBody[] = [];
  readonly #pinned = new Once(() => this.#pinsOf());
  #loadSeconds = 0;
  /** Resident memory when the stages were loaded and no picture was there. */
  #baseBytes: number | undefined;

  constructor(blueprint: Blueprint, { noise, memoryMiB = defaultMemoryMiB(), sends = false }: EngineOptions = {}) {
    this.#composition = new Composition(
      blueprint,
      (code, message) => this.#tell({ type: "warning", code, message }),
      (file, share) => this.#tell({ type: "loading", file, ...defined({ share }) }),
    );
    this.#detail = new UnexplainedDetail(this.#composition);
    this.#samplers = new SamplerStore(this.#composition, (event) => this.#tell(event));
    this.#noise = noise;
    this.#memoryMiB = memoryMiB;
    this.#sends = sends;
  }

  /** How a measurement of a type is restored; `emit` hears of what is set up for that. Errors: `MEMORY_TOO_SMALL`, those of the pipeline. */
  async plan(measurement: Aval, options: RestoreWay = {}, emit?: Emit): Promise<RestorePlan> {
    this.#hear(emit);
    try {
      return await this.#plan(measurement, options);
    } finally {
      this.#emit = undefined;
    }
  }

  /** The type of the image that a measurement restores to. Errors: those of the operator. */
  async imageFor(measurement: Aval): Promise<Aval> {
    return await this.#composition.imageFor(measurement);
  }

  async #plan(measurement: Aval, options: RestoreWay): Promise<RestorePlan> {
    await this.#load();
    this.#baseBytes ??= process.memoryUsage().rss;
    this.#tell({ type: "set-up", of: "operator" });
    const image = await this.#composition.imageFor(measurement);
    const [first] = await this.#sizings(image, options);
    const { sizing, neededMiB } = first;
    return { ...defined({ parts: shownParts(sizing), tile: sizing.tile }), memoryMiB: neededMiB };
  }

  /** Restores one measurement; one at a time. Errors: coded, after a `run-end` event. */
  async restore(y: HostTensor, options: RestoreOptions, emit: Emit): Promise<RestoreResult> {
    this.#hear(watchCompiles(emit));
    let evaluations = 0;
    const counting: Emit = (event) => {
      if (event.type === "step-end") evaluations = event.evaluations;
      this.#tell(event);
    };
    try {
      const result = await this.#each(y, options, counting);
      emit({ type: "run-end", outcome: result.outcome, reason: result.reason, evaluations: result.evaluations });
      return result;
    } catch (error) {
      const aborted = options.signal?.aborted === true;
      const coded = aborted
        ? errors.RUN_CANCELLED({ at: `after ${evaluations} evaluations` }, { cause: error })
        : codedError(namingStages(this.#composition.blueprint, error));
      emit({ type: "run-end", outcome: aborted ? "aborted" : "failed", reason: coded.message, evaluations });
      throw coded;
    } finally {
      this.#emit = undefined;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#samplers[Symbol.asyncDispose]();
    await this.#composition[Symbol.asyncDispose]();
  }

  /**
   * Pictures of a batch are restored one after the other: a scheduler decides by what it observes of one picture, and what
   * else is in the batch must not change a result by a single bit.
   */
  async #each(y: HostTensor, options: RestoreOptions, emit: Emit): Promise<RestoreResult> {
    const [first, ...rest] = picturesOf(y);
    const results: [RestoreResult, ...RestoreResult[]] = [await this.#restore(first, options, emit)];
    const { record: _first, interim: _its, ...others } = options;
    for (const [i, one] of rest.entries()) results.push(await this.#restore(one, { ...others, image: (options.image ?? 0) + i + 1 }, emit));
    return joinedResults(results);
  }

  async #restore(y: HostTensor, options: RestoreOptions, emit: Emit): Promise<RestoreResult> {
    const { blueprint } = this.#composition;
    await this.#load();
    const image = await this.#composition.imageFor({ shape: y.shape, dtype: y.dtype });
    const backend = await this.#composition.get("backend");
    const scheduler = await this.#composition.get("scheduler");
    const { schedule } = await this.#composition.get("denoiser");
    const seed = options.seed ?? blueprint.config.seed;
    emit(runStart(blueprint, { seed, backend: backend.description, maxSteps: scheduler.maxSteps(schedule) }));
    for (const { code, message } of blueprint.warnings) emit({ type: "warning", code, message });
    emit({ type: "set-up", of: "operator" });
    const operator = await this.#composition.operatorAt(image);
    requireRange(operator, y);
    requireUsable(y);
    const noise = await this.#noiseOf(y, operator, emit);
    this.#baseBytes ??= process.memoryUsage().rss - y.data.byteLength;
    const recorder = options.record === undefined ? undefined : new FrameRecorder(options.record);
    const { previewEvery, signal } = options;
    const sampling: Sampling = {
      image,
      y,
      noise,
      seed,
      firstImage: options.image ?? 0,
      emit,
      ...defined({
        evening: eveningFor(this.#composition, noise),
        draws: this.#noise,
        signal,
        small: await smallPicture(this.#composition, image, y),
      }),
      ...defined({ preview: previewsFor(previewEvery, emit), inspect: recorder?.inspect }),
    };
    // A report shows the steps of the picture as a whole.
    const way = recorder === undefined ? options : { ...options, parts: "off" as const };
    const pinned = this.#pinned.get();
    const madeIn = async (sizing: Sizing): Promise<MadeWith> =>
      madeWith(await pinned, { seed, image: options.image ?? 0, backend: backend.description }, sizing);
    const interimOf = async (sizing: Sizing) => interimFor(options, await madeIn(sizing), sampling, emit);
    const { sampled, sizing, neededMiB, resumed } = await this.#sampleWithin(
      sampling,
      await this.#sizingsTold(image, way, options),
      interimOf,
    );
    requireImage(sampled.x);
    const load = this.#loadSeconds;
    this.#loadSeconds = 0;
    const { x, seconds: spent, ...rest } = sampled;
    return {
      image: x,
      ...rest,
      noise,
      ...defined({ parts: shownParts(sizing), frames: recorder?.frames(), resumed }),
      seconds: { load, ...spent },
      backend: backend.description,
      made: await madeIn(sizing),
      expectedMemoryMiB: neededMiB,
      peakMemoryMiB: process.resourceUsage().maxRSS / 1024,
    };
  }

  /** The noise of a measurement, with a warning where that and the operator cannot have made it. */
  async #noiseOf(y: HostTensor, operator: LinearOperator, emit: Emit): Promise<NoiseLevel> {
    const noise = await this.#composition.noiseOf(y, operator);
    const doubt = await this.#detail.warningOf(y, noise, operator);
    if (doubt !== undefined) emit(doubt);
    return noise;
  }

  /** Samples in the first of the ways; where the device runs out of memory, in the next. */
  async #sampleWithin(
    sampling: Sampling,
    [{ sizing, neededMiB }, ...smaller]: readonly [ChosenSizing, ...ChosenSizing[]],
    interimOf: (sizing: Sizing) => Promise<Interim | undefined>,
  ): Promise<ChosenSizing & { readonly sampled: Sampled; readonly resumed: Resumed | undefined }> {
    try {
      const interim = await interimOf(sizing);
      const sampled = await sampleSized(this.#composition.blueprint, this.#samplers, { ...sampling, ...defined({ interim }) }, sizing);
      return { sampled, sizing, neededMiB, resumed: interim?.resumed };
    } catch (error) {
      const [next, ...others] = smaller;
      if (next === undefined || !ranOutOfMemory(error) || sampling.signal?.aborted === true) throw error;
      await this.#samplers.clear();
      const message = `the device ran out of memory ${sidesOf(sizing)}; trying again ${sidesOf(next.sizing)}`;
      this.#tell({ type: "warning", code: "LEADER_MEMORY_RAN_OUT", message });
      return await this.#sampleWithin(sampling, [next, ...others], interimOf);
    }
  }

  /** The pipeline to the byte; its files are read while the first picture is restored. */
  async #pinsOf(): Promise<PinnedPipeline> {
    const { blueprint } = this.#composition;
    return blueprint.pinned ?? (await pinsOf(blueprint));
  }

  /** As `#sizings`, with a word where the picture is not cut as it was asked for. */
  async #sizingsTold(image: Aval, way: RestoreWay, asked: RestoreOptions): Promise<readonly [ChosenSizing, ...ChosenSizing[]]> {
    const sizings = await this.#sizings(image, way);
    const reason = await whyOtherParts(this.#composition, image, asked.parts, asked.record !== undefined);
    if (reason !== undefined) {
      const { code, message } = errors.PARTS_OTHERWISE({ asked: Number(asked.parts), done: sidesOf(sizings[0].sizing), reason });
      this.#tell({ type: "warning", code, message });
    }
    return sizings;
  }

  async #sizings(image: Aval, way: RestoreWay): Promise<readonly [ChosenSizing, ...ChosenSizing[]]> {
    const afterwardsMiB = way.afterwardsMiB ?? (this.#sends ? sendingMiB(image) : 0);
    return await chosenSizing(this.#composition, this.#samplers, {
      image,
      way: { ...way, afterwardsMiB },
      baseBytes: this.#baseBytes!,
      limitMiB: this.#memoryMiB,
    });
  }

  #hear(emit: Emit | undefined): void {
    this.#emit = emit;
    if (emit !== undefined) for (const event of this.#unheard.splice(0)) emit(event);
  }

  #tell(event: PipelineEventBody): void {
    if (this.#emit !== undefined) this.#emit(event);
    else if (event.type === "warning") this.#unheard.push(event);
  }

  async #load(): Promise<void> {
    const start = performance.now();
    if (this.#baseBytes === undefined) this.#tell({ type: "set-up", of: "stages" });
    await this.#composition.make([...this.#composition.blueprint.selected.keys()]);
    this.#loadSeconds += (performance.now() - start) / 1000;
  }
}

type RunStart = Extract<PipelineEventBody, { type: "run-start" }>;

const runStart = ({ config, plugins }: Blueprint, run: Pick<RunStart, "seed" | "backend" | "maxSteps">): RunStart => ({
  type: "run-start",
  configHash: hashOf(config),
  plugins: plugins.map((p) => `${p.name}@${p.version}`),
  stages: stagesOf(config),
  ...run,
});

/** A message holds a copy of the image, and grows by copying itself. */
const sendingMiB = ({ shape }: Aval): number => (8 * sizeOf(shape)) / 2 ** 20;

const madeWith = (pinned: PinnedPipeline, run: Pick<MadeWith, "seed" | "image" | "backend">, { side, tile }: Sizing): MadeWith => ({
  ...pinned,
  ...run,
  machine: thisMachine(),
  way: defined({ parts: side, tile }),
});

/** Anything thrown as a coded error. */
export function codedError(error: unknown): Error & { readonly code: string } {
  if (isLeaderError(error)) return error;
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  const origin = originOf(error);
  return errors.UNEXPECTED({ name, message, at: origin }, { cause: error });
}

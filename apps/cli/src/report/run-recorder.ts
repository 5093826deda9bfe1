import { arch, cpus, platform, release, totalmem } from "node:os";
import { basename } from "node:path";
import { defined, equalShapes, type HostTensor } from "@leader/graph";
import type { PipelineEvent } from "@leader/core";
import { stagesOf, type Pipeline, type RestoreResult, type Spread } from "leader-restore";
import { version } from "../version.js";
import type { RecordedRun } from "./recorded-run.js";
import { runFormat, type PictureName, type RunFacts, type StepFacts } from "./run-facts.js";

interface Inputs {
  readonly input: string;
  readonly pipeline: Pipeline;
  /** Number of the picture in its batch. */
  readonly image: number;
  readonly measurement: HostTensor;
  readonly reference: HostTensor | undefined;
  /** What the baseline makes of the same measurement without LEADer, where that was run too. */
  readonly baseline?: HostTensor;
}

/** Listens to a run and keeps what its report needs. */
export class RunRecorder {
  readonly #inputs: Inputs;
  readonly #created = new Date().toISOString();
  readonly #warnings: { code: string; message: string }[] = [];
  readonly #ends = new Map<
    number,
    { readonly ms: number; readonly evaluations: number; readonly observed: Readonly<Record<string, number>> }
  >();
  #start: Extract<PipelineEvent, { type: "run-start" }> | undefined;
  readonly #starts = new Map<number, { readonly ms: number; readonly from: number }>();

  #later = false;

  constructor(inputs: Inputs) {
    this.#inputs = inputs;
  }

  event(event: PipelineEvent): void {
    if (event.type === "run-start") this.#start = event;
    else if (event.type === "warning") this.#warnings.push({ code: event.code, message: event.message });
    // What is shown is restored whole: parts are draws of which the result is the mean, and the first of them is shown.
    else if (event.type === "part-start") this.#later = event.part > 0;
    else if (this.#later) return;
    else if (event.type === "step-start") this.#starts.set(event.step, event);
    else if (event.type === "step-end")
      this.#ends.set(event.step, { ms: event.ms, evaluations: event.evaluations, observed: event.observed });
  }

  /** @param spread of several restorations, of which `result` is the first */
  async finish(result: RestoreResult, spread?: Spread): Promise<RecordedRun> {
    const pictures = await this.#pictures(result, spread);
    const frames = result.frames ?? [];
    const facts = { ...this.#facts(result, [...pictures.keys()], frames), ...defined({ samples: spread?.samples }) };
    return { facts, pictures, frames };
  }

  #facts(result: RestoreResult, pictures: PictureName[], frames: RecordedRun["frames"]): RunFacts {
    const { input, pipeline, image } = this.#inputs;
    const { apiVersion, seed, meanOf } = pipeline.config;
    const stages = stagesOf(pipeline.config);
    const { outcome, reason, evaluations, seconds, peakMemoryMiB, backend, noise } = result;
    return {
      format: runFormat,
      created: this.#created,
      input: basename(input),
      machine: {
        node: process.version,
        system: `${platform()} ${release()} ${arch()}`,
        processor: cpus()[0]?.model.trim() ?? "unknown",
        cores: cpus().length,
        memoryMiB: Math.round(totalmem() / 2 ** 20),
      },
      leader: version,
      plugins: [...(this.#start?.plugins ?? [])],
      pipeline: { hash: pipeline.hash, apiVersion, seed, noise, ...defined({ meanOf }), stages },
      seed: this.#start?.seed ?? seed,
      image,
      backend,
      maxSteps: this.#start?.maxSteps ?? result.steps.length,
      outcome,
      reason,
      evaluations,
      seconds,
      peakMemoryMiB,
      warnings: this.#warnings,
      steps: result.steps.map((step) => this.#step(step)),
      pictures,
      frames: frames.map(({ step, stride, variance }) => ({ step, stride, variance: variance !== undefined })),
    };
  }

  #step({ step, decision, observed }: RestoreResult["steps"][number]): StepFacts {
    const [start, end] = [this.#starts.get(step)!, this.#ends.get(step)];
    const facts = {
      step,
      from: start.from,
      observed: { ...observed, ...end?.observed },
      ...(end === undefined ? {} : { ms: end.ms - start.ms, evaluations: end.evaluations }),
    };
    if (decision.kind === "stop") return facts;
    const { to, travelTo } = decision;
    return { ...facts, to, ...defined({ travelTo }) };
  }

  async #pictures({ image: restored }: RestoreResult, spread: Spread | undefined): Promise<ReadonlyMap<PictureName, HostTensor>> {
    const { pipeline, measurement, reference, baseline } = this.#inputs;
    const pictures = new Map<PictureName, HostTensor>();
    if (looksLike(measurement, restored)) pictures.set("measurement", measurement);
    const inverse = await pipeline.pinv(measurement);
    if (looksLike(inverse, restored)) pictures.set("pseudo-inverse", inverse);
    if (baseline !== undefined) pictures.set("baseline", baseline);
    pictures.set("restored", restored);
    if (spread !== undefined) pictures.set("mean", spread.mean).set("deviation", spread.deviation);
    if (reference !== undefined && equalShapes(reference.shape, restored.shape)) pictures.set("reference", reference);
    return pictures;
  }
}

/** True for a picture that shows the same scene in the same frame, at whatever resolution. */
function looksLike({ shape }: HostTensor, { shape: like }: HostTensor): boolean {
  const [batch, channels, height, width] = shape;
  if (shape.length !== 4 || batch !== 1 || (channels !== 1 && channels !== 3)) return false;
  return height! * like[3]! === width! * like[2]!;
}

import {
  coreErrors,
  evaluationsOfStep,
  phasesOf,
  toEngineNoise,
  type PhaseName,
  type PipelineEventBody,
  type SamplerStages,
} from "@leader/core";
import { defined, isRecord, printGraph, type Aval, type HostTensor } from "@leader/graph";
import { ChildSession } from "./child/child-session.js";
import { Composition } from "./compose/compose.js";
import { locateStageError } from "./compose/stage-errors.js";
import { pinsOf, readBlueprint, type Blueprint } from "./config/blueprint.js";
import type { LoadEvent } from "./config/stage-reader.js";
import { stopOn, type Diagnostic } from "./config/diagnostic.js";
import { hashOf } from "./config/freeze.js";
import { explain, type ExplainedValue } from "./config/explain.js";
import type { PipelineParam } from "./config/layers/params.js";
import { readConfigText } from "./config/read-text.js";
import type { PinnedPipeline } from "./pinned.js";
import { guardScheduler } from "./run/guard-scheduler.js";
import { InProcessSession } from "./run/in-process-session.js";
import { PreparedNoise } from "./run/prepared-noise.js";
import * as measurement from "./run/measurement.js";
import { chosenSizing, computedImage, shownParts, targetOf } from "./run/memory-plan.js";
import { SamplerStore } from "./run/sampler-store.js";
import { memoryOfPhases } from "./run/sizing.js";
import { traceStages } from "./run/trace-stages.js";
import { evenLevel } from "../noise/stabilise.js";
import type {
  CheckOptions,
  CheckReport,
  PipelineExtension,
  PipelineObject,
  PipelineOptions,
  PluginInfo,
  ResolvedConfig,
  Session,
  SessionOptions,
} from "./types.js";
import { Questions } from "./compose/questions.js";

/** A pipeline that is read, checked and frozen; nothing is computed yet. */
export interface Pipeline {
  /** After defaults: every stage that takes part, with its options. */
  readonly config: ResolvedConfig;
  /** SHA-256 of `config`. */
  readonly hash: string;
  readonly plugins: readonly PluginInfo[];
  /** The pipeline as one text would state it: with what it extends, its params and overrides, and without defaults. */
  readonly composed: Readonly<Record<string, unknown>>;
  /** What it extends, the nearest first: names as messages use them, and files. */
  readonly parents: readonly { readonly name: string; readonly file: string }[];
  /** The params that it and what it extends declare. */
  readonly params: readonly PipelineParam[];
  /** Every value after defaults, and who stated it. */
  explain(): readonly ExplainedValue[];
  /** What is not wrong but should be known, such as a second copy of the contract package. */
  readonly warnings: readonly { readonly code: string; readonly message: string }[];
  /** The type [N,C,H,W] of the image that a measurement restores to. */
  imageFor(measurement: Aval): Promise<Aval>;
  /**
   * Sets the stages up, checks their powers, traces them and asks the backend.
   * @param how the picture is to be restored, and the memory that there is for it. Default: without a limit.
   * Errors: `ConfigError`; `MEMORY_TOO_SMALL` as a restoration.
   */
  check(image: Aval, onEvent?: (event: PipelineEventBody) => void, how?: CheckOptions): Promise<CheckReport>;
  /** The graphs as text. */
  graphs(image: Aval): Promise<Readonly<Partial<Record<PhaseName, string>>>>;
  /** y = A x + sigma n for an image [1,C,H,W] in [-1,1], with the pipeline's noise. */
  degrade(image: HostTensor, options: { readonly seed: number; readonly image?: number }): Promise<HostTensor>;
  /** The measurement that a picture in [-1,1] holds. Errors: its size or channels do not fit the operator. */
  measurementFromPicture(picture: HostTensor): Promise<HostTensor>;
  /**
   * The measurement that a stored array holds: as it is, or with the axes of batch and channel that were left out.
   * Errors: `MEASUREMENT_UNFIT`, or the operator's own.
   */
  measurementFromArray(stored: HostTensor): Promise<HostTensor>;
  /** 1 where a measurement of this type is measured and 0 in holes, such as a mask cuts; it broadcasts. Undefined: all of it is. */
  measured(measurement: Aval): Promise<HostTensor | undefined>;
  /** Share of a measurement of this type that is not measured. */
  missingShare(measurement: Aval): Promise<number>;
  /** A^+ y for display, or A^T y where the operator has no pseudo-inverse. */
  pinv(y: HostTensor): Promise<HostTensor>;
  /** The pipeline to the byte: options, and the content of the code and the files that it names. What `leader lock` writes. */
  pin(): Promise<PinnedPipeline>;
  /** A place to restore images: one supervised child process by default, used for as many images as wanted. */
  open(options?: SessionOptions): Promise<Session>;
}

/** Reads a pipeline file; `emit` is told before the code of each plugin runs. Errors: `ConfigError` with every problem of the phase that failed. */
export async function loadPipeline(file: string, options: PipelineOptions = {}, emit?: (event: LoadEvent) => void): Promise<Pipeline> {
  return await parsePipeline(await readConfigText(file), file, options, emit);
}

/** Reads the text of a pipeline file; `file` names it in messages and is what relative paths are relative to. */
export async function parsePipeline(
  source: string,
  file: string,
  options: PipelineOptions = {},
  emit?: (event: LoadEvent) => void,
): Promise<Pipeline> {
  return pipelineOf(await readBlueprint({ kind: "text", text: source, file }, options, emit));
}

/**
 * Makes a pipeline from an object of the shape of a pipeline file. Stage records may stand in place of references; such a
 * pipeline runs in this process only. Relative paths are relative to `directory` (default: the working directory). `emit` is told before the
 * code of each plugin runs.
 */
export async function createPipeline(
  config: PipelineObject | PipelineExtension,
  options: PipelineOptions & { readonly directory?: string } = {},
  emit?: (event: LoadEvent) => void,
): Promise<Pipeline> {
  const { directory = process.cwd(), ...rest } = options;
  return pipelineOf(await readBlueprint({ kind: "object", object: config, directory }, rest, emit));
}

function pipelineOf(blueprint: Blueprint): Pipeline {
  const { document } = blueprint;
  const questions = new Questions(blueprint);
  const ask = questions.ask.bind(questions);
  return {
    config: blueprint.config,
    hash: hashOf(blueprint.config),
    plugins: blueprint.plugins,
    composed: isRecord(document.value) ? document.value : {},
    parents: document.parents.map(({ name, file }) => ({ name, file })),
    params: document.params,
    explain: () => explain(blueprint),
    warnings: blueprint.warnings,
    imageFor: (y) => ask((c) => c.imageFor(y)),
    check: (image, onEvent, how) => check(blueprint, image, onEvent, how),
    graphs: (image) =>
      ask(async (c) => {
        const phases = phasesOf(traceStages(blueprint, await c.stagesAt(image)));
        return Object.fromEntries(phases.map(({ name, graph }) => [name, printGraph(graph)]));
      }),
    degrade: (image, options) => ask((c) => measurement.degrade(c, image, options)),
    measurementFromPicture: (picture) => ask((c) => measurement.measurementFromPicture(c, picture)),
    measurementFromArray: (stored) => ask((c) => measurement.measurementFromArray(c, stored)),
    measured: (y) => ask((c) => measurement.measured(c, y)),
    missingShare: (y) => ask((c) => measurement.missingShare(c, y)),
    pinv: (y) => ask((c) => measurement.pinv(c, y)),
    pin: () => pinsOf(blueprint),
    open: (options = {}) =>
      options.isolate === false
        ? Promise.resolve(
            new InProcessSession(blueprint, options.limits?.memoryMiB, options.noiseThread === true ? new PreparedNoise() : undefined),
          )
        : ChildSession.open(blueprint, options.limits ?? {}),
  };
}

/** A scheduler that cannot start on the denoiser's schedule would fail in every run: more steps than levels, for example. */
function startScheduler(composition: Composition, { scheduler, denoiser, operator }: SamplerStages): void {
  const { blueprint } = composition;
  const sigmaY = blueprint.config.noise === "auto" ? undefined : toEngineNoise(evenLevel(composition.statedNoise));
  try {
    guardScheduler(blueprint, scheduler).start(denoiser.schedule, sigmaY, operator);
  } catch (error) {
    throw locateStageError(blueprint, error);
  }
}

async function check(
  blueprint: Blueprint,
  image: Aval,
  onEvent?: (event: PipelineEventBody) => void,
  { memoryMiB = Infinity, ...way }: CheckOptions = {},
): Promise<CheckReport> {
  const warnings = [...blueprint.warnings];
  await using composition = new Composition(
    blueprint,
    (code, message) => warnings.push({ code, message }),
    (file, share) => onEvent?.({ type: "loading", file, ...defined({ share }) }),
  );
  const stages = await composition.stagesAt(image);
  startScheduler(composition, stages);
  await composition.make(["backend"]);
  const backend = await composition.get("backend");
  const samplers = new SamplerStore(composition, () => undefined);
  const baseBytes = process.memoryUsage().rss;
  const [{ sizing, neededMiB }] = await chosenSizing(composition, samplers, { image, way, baseBytes, limitMiB: memoryMiB });
  const graphs = await samplers.graphs(targetOf(await computedImage(composition, image), sizing));
  const problems: Diagnostic[] = phasesOf(graphs).flatMap((phase) => {
    const list = backend.unsupported(phase.graph);
    if (list.length === 0) return [];
    const error = coreErrors.BACKEND_LACKS_OPS({
      backend: blueprint.config.backend.use,
      graph: phase.name,
      list: list.map((u) => `%${u.node} ${u.op} (${u.reason})`).join("; "),
    });
    return [blueprint.document.diagnose(error, ["backend", "use"])];
  });
  stopOn(problems);
  return {
    backend: backend.description,
    image: image.shape,
    measurement: stages.operator.range.shape,
    maxSteps: stages.scheduler.maxSteps(stages.denoiser.schedule),
    evaluationsPerStep: evaluationsOfStep(graphs),
    memory: { ...memoryOfPhases(graphs), peakMiB: neededMiB },
    ...defined({ parts: shownParts(sizing), tile: sizing.tile }),
    nodes: Object.fromEntries(phasesOf(graphs).map((phase) => [phase.name, phase.graph.nodes.length])),
    warnings,
  };
}

import type { AnyStage, PipelineEvent, PipelineEventBody, RunOutcome, StepRecord } from "@leader/core";
import type { Aval, HostTensor } from "@leader/graph";
import type { StageReference } from "./envelope.js";
import type { NoiseLevel } from "../noise/noise-level.js";
import type { MadeWith } from "./pinned.js";

/** Plugins that an application brings along, by package name; `url` is what `import()` takes, for example from `import.meta.resolve`. */
export type BundledPlugins = Readonly<Record<string, { readonly url: string }>>;

/** How a pipeline is read. */
export interface PipelineOptions {
  /** Overrides as `path=value`, applied in order; values are YAML, and errors point at the argument. */
  readonly set?: readonly string[];
  /** Values of the pipeline's params by their names; texts are read as the param's type says. */
  readonly params?: Readonly<Record<string, string | number | boolean>>;
  /** Plugins that the application brings along, used whatever the pipeline's own folder has of that name. */
  readonly bundled?: BundledPlugins;
  /** Files that the application brings along, by the names that pipelines use for them: such a name is the same on every machine. */
  readonly files?: Readonly<Record<string, string>>;
  /** What a pipeline uses where it names nothing. Default: the photograph prior if it is installed, and onnxruntime on the processor. */
  readonly defaults?: { readonly denoiser?: StageReference; readonly backend?: StageReference };
  /** `false`: the envelope and the plugins' package.json are checked, but no plugin code runs. Default `true`. */
  readonly load?: boolean;
  /** `false`: refuse code that lies with the pipeline: files (`./x.js#stage`) and packages that are not bundled. Default `true`. */
  readonly localPlugins?: boolean;
  /** The only plugins that may be named, by package name. Others are refused before they are looked for. Default: all that are found. */
  readonly plugins?: readonly string[];
  /**
   * `false`: stages read no file but those of `files`, under the names that these have there, and only presets are extended: those that come
   * along, and those of packages in `plugins`. Default `true`.
   */
  readonly localFiles?: boolean;
  /**
   * Refuse whatever differs from the lock of the pipeline file (`leader lock`), plugins before their code runs. `true`: the `leader.lock` in
   * its folder or above; or the path of one. Default: no lock.
   */
  readonly locked?: boolean | string;
  /** Seconds that importing a plugin may take. Default 20. */
  readonly importSeconds?: number;
}

/** A stage in code: a reference, or a stage record itself (then the pipeline runs in this process only). */
export interface StageObject {
  readonly use: string | AnyStage;
  readonly with?: Readonly<Record<string, unknown>> | null;
}

/** A pipeline that adds to another one: what it does not state is as that one says. */
export interface PipelineExtension extends Partial<{
  readonly [K in keyof PipelineObject]: PipelineObject[K] | Omit<NonNullable<Extract<PipelineObject[K], StageObject>>, "use"> | null;
}> {
  /** `<package>#<preset>` or the path of a pipeline file. */
  readonly extends: string;
}

/** A pipeline file as an object. */
export interface PipelineObject {
  readonly apiVersion?: "leader/v1";
  readonly seed?: number;
  /** The measurement's noise, for images in [0,1]; `auto`: estimated from each measurement. */
  readonly noise?: NoiseLevel | "auto";
  /** Restorations of each measurement, with noise of their own. Default 1. */
  readonly samples?: number;
  /** A result is the mean of so many restorations, which count as one. Default 1. */
  readonly meanOf?: number;
  readonly operator: StageObject;
  readonly baseline: StageObject;
  readonly wrapper?: StageObject;
  readonly denoiser?: StageObject;
  readonly uncertainty?: StageObject;
  readonly modulator?: StageObject;
  readonly scheduler?: StageObject;
  readonly backend?: StageObject;
}

/** A stage with its options after defaults. */
export interface ResolvedStage {
  readonly use: string;
  readonly with: unknown;
}

/** A pipeline after defaults, frozen: every stage that takes part, also those that were chosen by default. */
export interface ResolvedConfig {
  readonly apiVersion: "leader/v1";
  readonly seed: number;
  readonly noise: NoiseLevel | "auto";
  /** Restorations of each measurement; absent: one. No part of what decides about the bits of one of them. */
  readonly samples?: number;
  /** Restorations of which each result is the mean; absent: one. */
  readonly meanOf?: number;
  readonly operator: ResolvedStage;
  readonly denoiser: ResolvedStage;
  readonly baseline: ResolvedStage;
  readonly wrapper?: ResolvedStage;
  readonly uncertainty?: ResolvedStage;
  readonly modulator?: ResolvedStage;
  readonly scheduler: ResolvedStage;
  readonly backend: ResolvedStage;
}

/** A plugin that takes part. */
export interface PluginInfo {
  readonly name: string;
  readonly version: string;
  readonly apiVersion: string;
  /** The file that was (or would be) imported. */
  readonly path: string;
  /** Whether the application brings it along, or it is code that lies with the pipeline. */
  readonly origin: "bundled" | "local";
}

/** What a check takes a restoration to be. */
export interface CheckOptions extends RestoreWay {
  /** Resident memory that the computing process may use. Default: no limit. */
  readonly memoryMiB?: number;
}

/** What `check` found out. */
export interface CheckReport extends Pick<RestorePlan, "parts" | "tile"> {
  /** The backend's description of where it computes. */
  readonly backend: string;
  readonly image: readonly number[];
  readonly measurement: readonly number[];
  readonly maxSteps: number;
  /** Network evaluations of one step; the most, if the baseline decides while it runs. */
  readonly evaluationsPerStep: number;
  /**
   * Memory of the computing process to expect, in MiB: `peakMiB` as a restoration expects it; devices with memory of their own hold most of
   * it. Weights and results at a time are those of the phase that has most.
   */
  readonly memory: { readonly weightsMiB: number; readonly activationsMiB: number; readonly peakMiB: number };
  /** Nodes of each graph. */
  readonly nodes: Readonly<Record<string, number>>;
  readonly warnings: readonly { readonly code: string; readonly message: string }[];
}

/** Ceilings of the computing process; what exceeds them is ended with a coded error. */
export interface SessionLimits {
  /** Resident memory. Default: 90 % of what is free on the machine (or in the container) when the process starts. */
  readonly memoryMiB?: number;
  /** Wall-clock time of one restoration. Default: none. */
  readonly seconds?: number;
  /**
   * Time without a sign of progress. Once the pace of a run is known, the limit is twenty times a usual step (at least a minute)
   * where that is less. Default 1800.
   */
  readonly stallSeconds?: number;
}

/** Where a session computes. */
export interface SessionOptions {
  /** A supervised child process (default), or this process. */
  readonly isolate?: boolean;
  /** In this process: draw noise ahead in a second thread, as the child process does. Default `false`. */
  readonly noiseThread?: boolean;
  readonly limits?: SessionLimits;
}

/** What decides how a picture is cut to be restored. */
export interface RestoreWay {
  /**
   * Restore the picture in overlapping parts of about so many pixels per side, as far as the operator looks at neighbourhoods only; `auto`
   * (default): pictures of more than 1024 x 1024 pixels, in parts that fit into the memory; `off`: never.
   */
  readonly parts?: number | "auto" | "off";
  /** The largest side that the network sees at once. Default: as its stage says, or less where memory is short. */
  readonly tile?: number;
  /** Memory that is needed for the result afterwards, such as by an encoder in the same process: it is planned for. Default 0. */
  readonly afterwardsMiB?: number;
}

/** How one measurement is restored. */
export interface RestoreOptions extends RestoreWay {
  /** Default: the pipeline's seed. */
  readonly seed?: number;
  /** Number of the image in a batch, part of the key of its noise. Default 0. */
  readonly image?: number;
  readonly signal?: AbortSignal;
  /** Send a preview of the posterior mean every so many steps. Default: none. */
  readonly previewEvery?: number;
  /**
   * A folder for what is finished of the picture: its parts, and the state of sampling every few seconds. A restoration that was killed
   * goes on there, with the same bits, given the same pipeline, measurement, options and machine; what is of another is passed over. The
   * folder is made when it is needed; whoever names it removes it once the result is safe. Not with `record`. Default: none.
   */
  readonly interim?: string;
  /** Keep predictions of some steps for a report. Default: none, at no cost. */
  readonly record?: RecordOptions;
}

/** How much of a run is kept for a report. */
export interface RecordOptions {
  /** Most steps that are kept, at least 2; spread evenly, the first and the last among them. Default 12. */
  readonly frames?: number;
  /** Longest side of what is kept in pixels; larger images are thinned out. Default 256. */
  readonly side?: number;
}

/** What the prior said in one step, of the first image of the batch; engine units. */
export interface RecordedFrame {
  readonly step: number;
  /** Every so-manieth pixel of a row and of a column was kept. */
  readonly stride: number;
  /** The posterior mean for display [1,C,h,w]: each value is the mean of `stride` x `stride` pixels. */
  readonly preview: HostTensor;
  /** The posterior mean at the kept pixels [1,C,h,w]. */
  readonly x0: HostTensor;
  /** The predicted variance at the same pixels; its shape broadcasts to that of `x0`. Absent without an uncertainty stage. */
  readonly variance?: HostTensor;
}

/** Where the seconds of a restoration went. */
export interface RestoreSeconds {
  /** Making the stages; 0 where an earlier restoration of the session did it. */
  readonly load: number;
  /** Tracing and compiling for this image size; 0 where it was done before. */
  readonly compile: number;
  /** The sampling loop, including the network. */
  readonly sampling: number;
  /** The `predict` graphs: the network and the uncertainty. */
  readonly network: number;
  /** The other graphs: modulator and baseline. */
  readonly update: number;
}

/** A restored image and how it came about. */
export interface RestoreResult {
  /** [N,C,H,W] float32, one image for each of the measurement; images lie in [-1,1], but values are not clamped. */
  readonly image: HostTensor;
  readonly outcome: Extract<RunOutcome, "completed" | "stopped">;
  readonly reason: string;
  readonly evaluations: number;
  /** The noise that was reckoned with, for images in [0,1]: stated, or estimated where the pipeline says `auto`. */
  readonly noise: NoiseLevel;
  readonly steps: readonly StepRecord[];
  /** Parts that a large picture was restored in; absent: it was restored whole. */
  readonly parts?: { readonly count: number; readonly height: number; readonly width: number };
  /** Where it went on what `RestoreOptions.interim` held: after so many parts, at this step. Absent: it began at the beginning. */
  readonly resumed?: { readonly parts: number; readonly step: number };
  /** What `RestoreOptions.record` asked for. */
  readonly frames?: readonly RecordedFrame[];
  readonly seconds: RestoreSeconds;
  readonly backend: string;
  /** All that decided about the bits of the image, besides the measurement. */
  readonly made: MadeWith;
  /** Resident memory that the computing process was expected to need, `RestoreWay.afterwardsMiB` included. */
  readonly expectedMemoryMiB: number;
  /** Most resident memory of the computing process so far. */
  readonly peakMemoryMiB: number;
}

/** How a picture would be restored, found before anything is computed. */
export interface RestorePlan {
  /** Absent: whole. */
  readonly parts?: { readonly count: number; readonly height: number; readonly width: number };
  /** The largest side that the network sees at once, where memory decided it. */
  readonly tile?: number;
  /** Resident memory that the computing process is expected to need. */
  readonly memoryMiB: number;
}

/** One restoration under way. */
export interface Run {
  /** What happens, as it happens; ends with `run-end`. Each event is given to one reader. */
  readonly events: AsyncIterable<PipelineEvent>;
  /** Rejects with a coded error if the run is cancelled or fails. */
  readonly result: Promise<RestoreResult>;
}

/** Stages that are set up once and restore many images, one after the other. */
export interface Session extends AsyncDisposable {
  /**
   * @param y measurement in the range of the operator, engine units. The images of a batch are restored one after the other, each
   * with the bits that it gets alone; the k-th has the number `image` + k.
   */
  restore(y: HostTensor, options?: RestoreOptions): Run;
  /**
   * How measurements of this type are restored within the limit of memory. Errors: `MEMORY_TOO_SMALL` with an estimate, those of the
   * pipeline.
   * @param onEvent hears warnings, and how far large files are read, of what is set up for that
   */
  plan(measurement: Aval, options?: RestoreWay, onEvent?: (event: PipelineEventBody) => void): Promise<RestorePlan>;
  /** The type of the image that a measurement of this type restores to, as `Pipeline.imageFor`; the files of the operator are read once. */
  imageFor(measurement: Aval): Promise<Aval>;
}

import type { Trial, TrialRequest } from "./trial.js";
import type { DemoRequest, GalleryRequest } from "../demo/requests.js";
import type {
  CheckReport,
  ExplainedValue,
  InputMark,
  JsonSchema,
  NoiseLevel,
  PinnedPipeline,
  PipelineParam,
  PluginInfo,
  RestoreResult,
  ResultRecord,
} from "leader-restore";
import type { ReportPlace } from "../report/report-plan.js";
import type { CommandTasks } from "./command-tasks.js";

/** The pipeline that a working process sets up. */
export interface PipelineRequest {
  readonly file: string;
  /** The pipeline itself; `file` then only names it and tells what paths are relative to. */
  readonly text?: string;
  readonly set: readonly string[];
  /** Values of its params. */
  readonly params?: Readonly<Record<string, string>>;
  /** Files by the names that the pipeline has for them, besides those that come along. */
  readonly files?: Readonly<Record<string, string>>;
  /** Memory that the process may use, which restorations are planned for. */
  readonly memoryMiB?: number;
  /** `false`: no code that lies with the pipeline. */
  readonly localPlugins: boolean;
  /** Refuse what differs from the lock beside the pipeline. */
  readonly locked?: boolean;
  /** `false`: no plugin code at all. */
  readonly load: boolean;
}

/** What is known about a pipeline once it is read. */
export interface PipelineFacts {
  readonly seed: number;
  readonly noise: NoiseLevel | "auto";
  /** Restorations of each input. */
  readonly samples: number;
  /** Restorations of which each result is the mean. */
  readonly meanOf: number;
  readonly stages: Readonly<Record<string, { readonly use: string; readonly with: unknown }>>;
  readonly plugins: readonly PluginInfo[];
  /** Files that its options name: networks, masks, kernels. */
  readonly files: readonly string[];
}

/** Every value of a pipeline and where it came from, and what it is put together from. */
export interface PipelineOrigins {
  readonly values: readonly ExplainedValue[];
  readonly params: readonly PipelineParam[];
  /** What it extends, the nearest first. */
  readonly parents: readonly { readonly name: string; readonly file: string }[];
}

/** Height and width of a picture. */
export interface PictureSize {
  readonly height: number;
  readonly width: number;
}

/** Where the record of a result is kept. */
export type RecordPlace = "inside" | "beside" | "none";

/** One input to restore, with what is written about it. */
export interface RestoreJob {
  readonly input: string;
  readonly output: string;
  readonly overwrite: boolean;
  /** Number of the picture as part of the key of its noise. Without it the content is the key. */
  readonly image?: number;
  readonly seed?: number;
  readonly reference?: string;
  /** As of the session's options. */
  readonly parts?: number | "auto" | "off";
  readonly tile?: number;
  /** What black and white are in an array. Default: -1 and 1. */
  readonly range?: readonly [low: number, high: number];
  /** Leave EXIF and XMP out of the result. */
  readonly strip?: boolean;
  /** Transparency is restored too, as a grey picture. */
  readonly restoreAlpha?: boolean;
  /** JPEG, WebP or AVIF quality. */
  readonly fileQuality?: number;
  /** Bits per sample of the result. Default: those of the source. */
  readonly bitDepth?: 8 | 16;
  /** Where the record of what made the result is kept. Default: in its file, and beside it where the format has no place for it. */
  readonly record?: RecordPlace;
  /** The text of a record to keep in place of this restoration's own. */
  readonly recordText?: string;
  readonly report?: ReportPlace;
  /** Restorations of the input, each with noise of its own. Default 1. */
  readonly samples?: number;
}

/** Several restorations of one input in numbers, for images in [0,1]. */
export interface SpreadFacts {
  readonly samples: number;
  /** The root of the mean variance over all pixels, and the largest deviation of one, which is white in its picture. */
  readonly deviation: { readonly typical: number; readonly largest: number };
  /** Of the mean of the samples, in dB. */
  readonly psnrOfMean?: number;
}

/** How a restoration went. */
export interface RestoreFacts extends Omit<RestoreResult, "image" | "steps" | "parts" | "frames" | "resumed"> {
  /** Share of the measurement that was not measured, such as holes. */
  readonly missing: number;
  /** What was changed or lost in reading and writing, in words. */
  readonly notes: readonly string[];
  readonly psnr?: number;
  /** What several restorations have in common. */
  readonly spread?: SpreadFacts;
  /** The report that was written. */
  readonly page?: string;
}

/** One clean picture to make a measurement of. */
export interface DegradeJob {
  readonly input: string;
  readonly output: string;
  readonly overwrite: boolean;
  readonly seed: number;
  /** As of `RestoreJob`. */
  readonly image?: number;
}

export interface DegradeFacts {
  readonly shape: readonly number[];
  /** Share of the values that the format could not hold. */
  readonly clampedFraction: number;
  /** What was changed or lost in reading and writing, in words. */
  readonly notes: readonly string[];
}

/** A result whose record is wanted. */
export interface TraceRequest {
  readonly result: string;
  /** The input, where it is known. */
  readonly input?: string;
  /** What paths of the record are relative to. */
  readonly directory: string;
}

/** The record of a result, and where what it names is now. */
export interface TracedResult {
  readonly record: ResultRecord;
  readonly text: string;
  /** The file of the result carries it. */
  readonly inside: boolean;
  /** The pipeline that is recorded, as YAML. */
  readonly pipeline: string;
  /** Where things were looked for. */
  readonly folders: readonly string[];
  readonly files: Readonly<Record<string, string>>;
  /** Absent: no file of that content was found. */
  readonly input?: string;
  /** Of the input that is used now. */
  readonly mark: InputMark;
}

/** How far two results are apart. */
export interface SampleDifference {
  readonly samples: number;
  readonly differing: number;
  /** For images in [0,1]. */
  readonly largest: number;
}

/** A plugin with its stages, as plain data. */
export interface PluginListing extends PluginInfo {
  readonly stages: readonly {
    readonly use: string;
    readonly kind: string;
    readonly summary: string;
    readonly reference: string | undefined;
    readonly requires: readonly string[];
  }[];
}

/** Which plugins are looked at besides the bundled ones. */
export interface PluginRequest {
  /** By name, or as paths of files. */
  readonly packages: readonly string[];
  /** Also those that the project in the current folder depends on. */
  readonly installed: boolean;
}

/** What the working process of the command line can be asked: argument and result of each task. */
export interface Tasks extends CommandTasks {
  open: [argument: PipelineRequest, result: undefined];
  facts: [argument: undefined, result: PipelineFacts];
  explain: [argument: undefined, result: PipelineOrigins];
  compose: [argument: undefined, result: string];
  check: [argument: PictureSize, result: CheckReport];
  graphs: [argument: PictureSize, result: Readonly<Record<string, string>>];
  restore: [argument: RestoreJob, result: RestoreFacts];
  degrade: [argument: DegradeJob, result: DegradeFacts];
  demo: [argument: DemoRequest, result: undefined];
  gallery: [argument: GalleryRequest, result: undefined];
  pin: [argument: undefined, result: PinnedPipeline];
  trace: [argument: TraceRequest, result: TracedResult];
  difference: [argument: readonly [string, string], result: SampleDifference | undefined];
  plugins: [argument: PluginRequest, result: readonly PluginListing[]];
  trial: [argument: TrialRequest, result: Trial];
  schema: [argument: PluginRequest, result: JsonSchema];
}

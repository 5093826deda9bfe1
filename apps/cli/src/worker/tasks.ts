import type { BenchCommandOptions } from "../bench/bench-request.js";
import type { DemoRequest, GalleryRequest } from "../demo/requests.js";
import type { CheckReport, JsonSchema, PluginInfo, RestoreResult, TaskName } from "leader-restore";
import type { ReportPlace } from "../report/report-plan.js";

/** The pipeline that a working process sets up. */
export interface PipelineRequest {
  readonly file: string;
  /** The pipeline itself; `file` then only names it and tells what paths are relative to. */
  readonly text?: string;
  readonly set: readonly string[];
  /** Memory that the process may use, which restorations are planned for. */
  readonly memoryMiB?: number;
  /** `false`: no code that lies with the pipeline. */
  readonly localPlugins: boolean;
  /** `false`: no plugin code at all. */
  readonly load: boolean;
}

/** What is known about a pipeline once it is read. */
export interface PipelineFacts {
  readonly seed: number;
  readonly noise: number | "auto";
  readonly stages: Readonly<Record<string, { readonly use: string; readonly with: unknown }>>;
  readonly plugins: readonly PluginInfo[];
  /** Files that its options name: networks, masks, kernels. */
  readonly files: readonly string[];
}

/** Height and width of a picture. */
export interface PictureSize {
  readonly height: number;
  readonly width: number;
}

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
  /** What black and white are in an array. Default: -1 and 1. */
  readonly range?: readonly [low: number, high: number];
  /** Leave EXIF and XMP out of the result. */
  readonly strip?: boolean;
  /** JPEG, WebP or AVIF quality. */
  readonly fileQuality?: number;
  /** The task that the pipeline was made for: inpainting leaves nothing transparent, colouring is given luma and gives colour. */
  readonly task?: TaskName;
  /** The holes are the transparent pixels of the picture itself. */
  readonly ownHoles?: boolean;
  readonly report?: ReportPlace;
}

/** How a restoration went. */
export interface RestoreFacts extends Omit<RestoreResult, "image" | "steps" | "parts" | "frames"> {
  /** Share of the measurement that was not measured, such as holes. */
  readonly missing: number;
  /** What was changed or lost in reading and writing, in words. */
  readonly notes: readonly string[];
  readonly psnr?: number;
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
export interface Tasks {
  open: [argument: PipelineRequest, result: undefined];
  facts: [argument: undefined, result: PipelineFacts];
  check: [argument: PictureSize, result: CheckReport];
  graphs: [argument: PictureSize, result: Readonly<Record<string, string>>];
  restore: [argument: RestoreJob, result: RestoreFacts];
  degrade: [argument: DegradeJob, result: DegradeFacts];
  bench: [argument: BenchCommandOptions, result: number];
  demo: [argument: DemoRequest, result: undefined];
  gallery: [argument: GalleryRequest, result: undefined];
  plugins: [argument: PluginRequest, result: readonly PluginListing[]];
  schema: [argument: PluginRequest, result: JsonSchema];
}

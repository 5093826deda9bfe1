import type { StepRecord } from "@leader/core";
import type { BundledPlugins, JsonSchema, PipelineOptions, ResolvedConfig, RestoreResult } from "leader-restore";

/** What a computing process of the service is told once, when it starts. */
export interface Equipment {
  /** The plugins that requests may name. */
  readonly plugins: readonly string[];
  readonly bundled: BundledPlugins;
  /** Networks and other files that requests may name, by their names. */
  readonly files: Readonly<Record<string, string>>;
  readonly defaults: NonNullable<PipelineOptions["defaults"]>;
}

/** A pipeline of a request: its text, what its params are set to, and what was sent along with it. */
export interface PipelineText {
  readonly text: string;
  readonly params: Readonly<Record<string, string>>;
  /** Paths of the uploads by the names that the pipeline has for them. */
  readonly uploads: Readonly<Record<string, string>>;
}

/** What is asked about a request before it is accepted. */
export interface Inspection {
  readonly pipeline: PipelineText;
  readonly picture: Uint8Array;
  /** The most pixels of the picture and of its result. */
  readonly pixels: number;
  /** Whether an uncertainty map is wanted. */
  readonly uncertainty: boolean;
}

/** What is known about a request before anything is computed. */
export interface Inspected {
  readonly config: ResolvedConfig;
  readonly hash: string;
  /** Where params were set: the pipeline as one text with them in their places. */
  readonly composed?: string | undefined;
  readonly result: { readonly width: number; readonly height: number };
}

/** One picture to restore. */
export interface Restoration {
  readonly pipeline: PipelineText;
  readonly picture: Uint8Array;
  readonly pixels: number;
  readonly seed?: number;
  readonly previewEvery?: number;
  readonly uncertainty: boolean;
}

/** A step in a report. */
export interface ReportedStep extends StepRecord {
  /** Standard deviation of the noise that it began with, for pictures in [-1,1]. */
  readonly sigma?: number;
  /** Network evaluations until its end. */
  readonly evaluations?: number;
}

/** How a restoration went. */
export interface RestorationReport extends Omit<RestoreResult, "image" | "steps" | "parts" | "frames" | "made" | "expectedMemoryMiB"> {
  readonly width: number;
  readonly height: number;
  /** Share of the measurement that was not measured, such as holes. */
  readonly missing: number;
  /** Of the first part, where a picture was restored part by part. */
  readonly steps: readonly ReportedStep[];
  /** What was changed in reading, in words. */
  readonly notes: readonly string[];
  readonly plugins: readonly string[];
}

/** The predicted standard deviation of every pixel. */
export interface UncertaintyMap {
  /** float32 [height,width], for images in [0,1], as `.npy`. */
  readonly array: Uint8Array;
  /** The same as a grey PNG of which white is `largest`. */
  readonly picture: Uint8Array;
  readonly largest: number;
}

/** What comes of a restoration. */
export interface RestoredFiles {
  /** PNG with the depth, profile and EXIF of the input. */
  readonly picture: Uint8Array;
  readonly report: RestorationReport;
  readonly uncertainty?: UncertaintyMap;
}

/** A picture that is wanted in another format. */
export interface Conversion {
  readonly picture: Uint8Array;
  readonly format: "png" | "jpeg" | "webp" | "tiff" | "avif";
}

/** The posterior mean so far, encoded to be shown. */
export interface PreviewEvent {
  readonly type: "preview";
  readonly step: number;
  readonly width: number;
  readonly height: number;
  readonly webp: Uint8Array;
}

/** What a computing process of the service can be asked: argument and result of each question. */
export interface Questions {
  equip: [argument: Equipment, result: undefined];
  inspect: [argument: Inspection, result: Inspected];
  restore: [argument: Restoration, result: RestoredFiles];
  convert: [argument: Conversion, result: Uint8Array];
  schema: [argument: undefined, result: JsonSchema];
}

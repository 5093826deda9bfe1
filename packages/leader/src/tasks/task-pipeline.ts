import type { PipelineObject, StageObject } from "../host/types.js";

/** How much is computed for a picture: network evaluations, and with them details and seconds. */
export type TaskQuality = "draft" | "normal" | "best";

interface CommonOptions {
  /** Default `normal`. */
  readonly quality?: TaskQuality;
  readonly seed?: number;
}

/** What each task is told. Paths are relative to the pipeline's folder. */
export interface TaskOptions {
  /** Enlarges a picture. */
  readonly upscale: CommonOptions & {
    /** How many times larger per side; default 4. */
    readonly factor?: number;
    /** Noise of the picture, for images in [0,1]; default 0. */
    readonly noise?: number | "auto";
  };
  /** Removes noise. */
  readonly denoise: CommonOptions & {
    /** Standard deviation of the noise, for images in [0,1]; default: estimated from each picture. */
    readonly noise?: number | "auto";
  };
  /** Fills holes. */
  readonly inpaint: CommonOptions & {
    /** Picture of the holes: black or transparent is missing. `photo.png#alpha`: the transparent pixels of a picture. */
    readonly mask: string;
    /** White is missing, in place of black. */
    readonly invertMask?: boolean;
  };
  /** Sharpens a picture whose blur is known. */
  readonly deblur: CommonOptions & {
    /** Standard deviation of the noise, for images in [0,1]; default: estimated from each picture. */
    readonly noise?: number | "auto";
    /** The blur: a picture of its kernel, or the standard deviation of a Gaussian in pixels. */
    readonly blur: { readonly kernel: string } | { readonly gaussian: number };
  };
  /** Colours a grey picture. */
  readonly colorize: CommonOptions;
}

export type TaskName = keyof TaskOptions;

const steps: Readonly<Record<TaskQuality, number>> = { draft: 10, normal: 30, best: 100 };

const diffpir = (lambda: number, zeta: number, start: string): StageObject => ({
  use: "@leader/baseline-diffpir#diffpir",
  with: { lambda, zeta, start },
});

/** Luma of BT.601, by which grey pictures are made of colours. */
const luma = [0.299, 0.587, 0.114] as const;

/** Operator, noise and method of each task. */
const parts: { readonly [K in TaskName]: (options: TaskOptions[K]) => Pick<PipelineObject, "operator" | "baseline" | "noise"> } = {
  upscale: ({ factor = 4, noise = 0 }) => ({
    noise,
    operator: { use: "@leader/operators#super-resolution", with: { method: "bicubic", factor } },
    baseline: diffpir(7, 0.25, "interpolated"),
  }),
  denoise: ({ noise = "auto" }) => ({
    noise,
    operator: { use: "@leader/operators#denoising" },
    baseline: diffpir(7, 0.3, "noisy-measurement"),
  }),
  inpaint: ({ mask, invertMask = false }) => ({
    operator: { use: "@leader/operators#inpainting", with: { mask, ...(invertMask ? { invert: true } : {}) } },
    baseline: diffpir(1, 1, "noise"),
  }),
  deblur: ({ blur, noise = "auto" }) => ({ noise, operator: blurOf(blur), baseline: diffpir(7, 0.3, "noisy-measurement") }),
  colorize: () => ({
    operator: { use: "@leader/operators#colorization", with: { weights: luma } },
    baseline: diffpir(1, 1, "noise"),
  }),
};

/** A photograph goes on beyond its border: mirrored is nearer to that than the zeros of benchmarks. */
function blurOf(blur: TaskOptions["deblur"]["blur"]): StageObject {
  if ("kernel" in blur) return { use: "@leader/operators#motion-blur", with: { kernel: blur.kernel, boundary: "reflect" } };
  const size = 2 * Math.max(1, Math.ceil(3 * blur.gaussian)) + 1;
  return { use: "@leader/operators#gaussian-blur", with: { size, sigma: blur.gaussian, boundary: "reflect" } };
}

/**
 * The pipeline of a task for photographs, as `leader upscale`, `denoise`, `inpaint`, `deblur` and `colorize` run it: a plain object, to be
 * given to `createPipeline` as it is or changed.
 */
export function taskPipeline<K extends TaskName>(task: K, options: TaskOptions[K]): PipelineObject {
  const { quality = "normal", seed = 0 } = options;
  const scheduler = { use: "leader#square-root", with: { steps: steps[quality] } };
  return { apiVersion: "leader/v1", seed, ...parts[task](options), scheduler };
}

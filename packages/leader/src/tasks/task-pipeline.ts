import { defined } from "@leader/graph/records";
import { errors } from "../error-codes.js";
import { nearest } from "../host/nearest.js";
import type { PipelineObject, StageObject } from "../host/types.js";
import { lumaWeights } from "./luma.js";

/** How much is computed for a picture: network evaluations, and with them details and seconds. */
export type TaskQuality = "draft" | "normal" | "best";

interface CommonOptions {
  /** Default `normal`. */
  readonly quality?: TaskQuality;
  readonly seed?: number;
  /** How often each picture is restored; default 1. Where it is more, tasks take methods that draw noise in every step, so that the results differ. */
  readonly samples?: number;
  /**
   * From perceptual (0) to faithful (1): restores with LEADer, by a method that takes what it proposes, along the frontier of LPIPS and PSNR.
   * `denoise` moves along it by its number of steps. Default: the method of least squared error, without LEADer; `denoise` by its quality.
   */
  readonly fidelity?: number;
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
    /** Noise of the picture, for images in [0,1]; default 0.01. The less is stated, the sharper, and the more ringing. */
    readonly noise?: number | "auto";
    /** The blur: a picture of its kernel, or the standard deviation of a Gaussian in pixels. */
    readonly blur: { readonly kernel: string } | { readonly gaussian: number };
  };
  /** Colours a grey picture. */
  readonly colorize: CommonOptions;
}

export type TaskName = keyof TaskOptions;

/** A task by its name, with its options beside it: `{ task: "upscale", factor: 2 }`. */
export type TaskObject = { readonly [K in TaskName]: { readonly task: K } & TaskOptions[K] }[TaskName];

/** Steps, each one evaluation of the network. */
const usualSteps: Readonly<Record<TaskQuality, number>> = { draft: 10, normal: 20, best: 100 };

/**
 * More steps do not make better colours: they keep those that were drawn early, right or wrong. Means over eight 64x64 crops of tuning
 * pictures, PSNR and LPIPS: 10 steps 18.8 dB, 0.229; 15 22.1, 0.161; 20 23.2, 0.141; 30 22.3, 0.168; 40 20.3, 0.186; 100 20.9, 0.182; grey
 * itself has 23.3, 0.175. DDRM and DDNM with 100 have 22.1, 0.171 and 20.4, 0.188.
 */
const colouringSteps = 20;

/**
 * Draws of the colours in a picture of 48 x 48 pixels. Means over 16 256x256 crops of tuning pictures, PSNR and LPIPS, 16 draws: 22.8 dB, 0.175;
 * at 64x64 22.5, 0.179, for twice the time; grey itself has 22.8, 0.214. At 64x64, means over eight of them: 1 draw 21.3 dB,
 * 0.196; 4 22.8, 0.160; 16 23.8, 0.149; grey itself has 24.0, 0.185. At 32x32 16 draws have 23.0, 0.167; one at 128x128 19.8, 0.212.
 */
const colourDraws: Readonly<Record<TaskQuality, number>> = { draft: 4, normal: 16, best: 64 };

/**
 * Levels from the noise of a picture down. Means over four 128x128 crops of tuning pictures, PSNR and LPIPS, without fresh noise: sigma 15 of
 * 255, 1 step 33.1 dB, 0.056; 4 32.9, 0.033; sigma 50, 1 27.7, 0.197; 4 27.5, 0.146. 20 uniform steps, of which most are above the noise and
 * none far below it, have 31.3, 0.080 and 26.7, 0.273; at sigma 5 they lose more than the noise: 32.2 for 34.2. Samples of 1 step hardly
 * differ (deviation 0.003 where their error is 0.03; with 4 steps 0.013).
 */
const denoisingSteps: Readonly<Record<TaskQuality, number>> = { draft: 1, normal: 4, best: 10 };

/** One step has the least error, several give texture. */
function denoisingStepsOf(quality: TaskQuality, samples: number, fidelity: number | undefined): number {
  const textured = Math.max(denoisingSteps.normal, denoisingSteps[quality]);
  if (samples > 1) return textured;
  return fidelity === undefined ? denoisingSteps[quality] : Math.round(1 + (1 - fidelity) * (textured - 1));
}

/**
 * The result of DDRM is its last estimate, at the least noise of its grid: 22 of 255 on a uniform one of 20 steps, more than most pictures
 * have. Means over four 128x128 crops of tuning pictures, PSNR and LPIPS, this grid and the uniform one: a blur of 0.8 34.1 dB, 0.029 and
 * 31.7, 0.088; 1.6 29.0, 0.136 and 28.4, 0.160; 3 26.1, 0.306 and 25.8, 0.298.
 */
const deblurringGrid = { sigmaMin: 0.02, sigmaMax: 10, rho: 5 };

/** What a task is besides its options: operator, noise, method, the grid of levels that the method was published with, and steps of its own. */
type Parts = Pick<PipelineObject, "operator" | "baseline" | "noise"> & {
  /** The method to move along the frontier with: its share of fresh noise is LEADer's to propose. */
  readonly guided?: StageObject;
  /** The fidelity of UCPM from which PSNR falls again, where the measurement is noisy: the end of the task's own. Default 1. */
  readonly mostFaithful?: number;
  readonly grid: "uniform" | "square-root" | "karras" | "from-noise";
  readonly gridOptions?: Readonly<Record<string, number>>;
  readonly steps?: number;
};

/** Gaussian deblurring has 29.5 dB at 0.75 and 28.6 at 1 (`docs/choose-a-method.md`, *Fidelity*). */
const noisyMost = 0.75;

const diffpir: StageObject = { use: "@leader/baseline-diffpir#diffpir", with: { lambda: 7, zeta: 0.3, start: "noisy-measurement" } };
const idpg: StageObject = { use: "@leader/baseline-ddpg#idpg", with: { stepMode: 0 } };
const ddnm: StageObject = { use: "@leader/baseline-ddnm#ddnm" };
const ddnmPlus: StageObject = { use: "@leader/baseline-ddnm#ddnm-plus" };
const projdiff: StageObject = { use: "@leader/baseline-projdiff#projdiff", with: { stepSize: 1 } };
const ddpg: StageObject = { use: "@leader/baseline-ddpg#ddpg", with: { stepMode: 0 } };
const ddrm: StageObject = { use: "@leader/baseline-ddrm#ddrm", with: { eta: 0.85, etaB: 1 } };

/**
 * The methods are the best in PSNR of those with one evaluation per step, with 20 steps on three 64x64 crops of tuning pictures:
 * upscaling IDPG 23.6 dB (ProjDiff 23.4, DDNM 22.6, bicubic pseudo-inverse 23.1), denoising at 0.1 DDRM 27.1 (ProjDiff 26.8, DiffPIR 25.4),
 * a hole of 0.3 x 0.3 IDPG 26.8 (ProjDiff 26.4, DiffPIR 25.7, DDNM 25.2; grey 23.5), Gaussian deblurring DDRM 25.9 (ProjDiff 26.0 for one evaluation more, DiffPIR 25.0),
 * colouring ProjDiff 23.5 (DDNM 21.9, DiffPIR 21.4).
 *
 * IDPG ends in the same picture whatever its first noise. Several samples are drawn by DDNM, where there is noise by DDPG. Means of four samples of
 * 20 steps, over three 128x128 crops of tuning pictures, PSNR: upscaling by 4 DDNM 26.5 (DDPG 26.4, DiffPIR 26.3, ProjDiff 26.6 at half the
 * spread, which is too narrow as it is; IDPG itself 26.6), a hole of 0.25 x 0.25 DDNM 33.3 (DDPG 32.8, DiffPIR 32.4, ProjDiff 33.5; IDPG 32.8).
 */
const parts: { readonly [K in TaskName]: (options: TaskOptions[K]) => Parts } = {
  upscale: ({ factor = 4, noise = 0, samples = 1 }) => ({
    noise,
    operator: { use: "@leader/operators#super-resolution", with: { method: "bicubic", factor } },
    baseline: samples === 1 ? idpg : noise === 0 ? ddnm : ddpg,
    ...(noise === 0 ? { guided: ddnm } : { guided: ddpg, mostFaithful: noisyMost }),
    grid: "uniform",
  }),
  denoise: ({ noise = "auto", quality = "normal", samples = 1, fidelity }) => ({
    noise,
    operator: { use: "@leader/operators#denoising" },
    baseline: samples > 1 ? ddrm : { ...ddrm, with: { ...ddrm.with, eta: 0 } },
    grid: "from-noise",
    steps: denoisingStepsOf(quality, samples, fidelity),
  }),
  inpaint: ({ mask, invertMask = false, samples = 1 }) => ({
    operator: { use: "@leader/operators#inpainting", with: { mask, ...(invertMask ? { invert: true } : {}) } },
    baseline: samples === 1 ? idpg : ddnm,
    guided: ddnm,
    grid: "uniform",
  }),
  deblur: ({ blur, noise = 0.01 }) => ({
    noise,
    mostFaithful: noisyMost,
    operator: blurOf(blur),
    // A kernel of any form has no decomposition where the picture is mirrored beyond its border, and DDRM needs one.
    ...("kernel" in blur
      ? { baseline: diffpir, guided: { use: diffpir.use, with: { lambda: 7, start: "noisy-measurement" } }, grid: "square-root" }
      : { baseline: ddrm, guided: ddnmPlus, grid: "karras", gridOptions: deblurringGrid }),
  }),
  colorize: ({ quality = "normal" }) => ({
    operator: { use: "@leader/operators#colorization", with: { weights: lumaWeights, small: { side: 48, draws: colourDraws[quality] } } },
    baseline: projdiff,
    guided: projdiff,
    grid: "uniform",
    steps: colouringSteps,
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
  const { quality = "normal", seed = 0, samples, fidelity } = options;
  const { grid, gridOptions, guided, mostFaithful = 1, steps = usualSteps[quality], ...stages } = parts[task](options);
  const common = { apiVersion: "leader/v1", seed, ...stages } as const;
  if (fidelity === undefined || guided === undefined) {
    return { ...common, scheduler: { use: `leader#${grid}`, with: { steps, ...gridOptions } }, ...defined({ samples }) };
  }
  return {
    ...common,
    baseline: guided,
    modulator: { use: "leader#ucpm", with: { fidelity: fidelity * mostFaithful } },
    scheduler: { use: "leader#satp", with: { most: usualSteps[quality] } },
    ...defined({ samples }),
  };
}

/** Names of the tasks. */
export const taskNames: readonly string[] = Object.keys(parts);

/** The pipeline of a task that is named in data. Errors: `TASK_UNKNOWN`. */
export function pipelineOfTask(request: TaskObject): PipelineObject {
  const { task, ...options } = request;
  if (!Object.hasOwn(parts, task)) throw errors.TASK_UNKNOWN({ task, similar: nearest(task, taskNames), known: taskNames });
  // The name decides which options there are, which the compiler cannot follow through the union.
  return taskPipeline<TaskName>(task, options);
}

import { defined, keysOf, recordOf } from "@leader/graph/records";
import { errors } from "../error-codes.js";
import { nearest } from "../host/nearest.js";
import type { PipelineObject, StageObject } from "../host/types.js";
import type { NoiseLevel } from "../noise/noise-level.js";
import { lumaWeights } from "./luma.js";

/** How much is computed for a picture: network evaluations, and with them details and seconds. */
export type TaskQuality = "draft" | "normal" | "best";

interface CommonOptions {
  /** Default `normal`. */
  readonly quality?: TaskQuality;
  readonly seed?: number;
  /** How often each picture is restored; default 1. Where it is more, tasks take methods that draw noise in every step, so that the results differ. */
  readonly samples?: number;
}

/** Tasks whose restorations differ by how much they dare to draw. */
interface FidelityOption {
  /** From perceptual (0: crisp, more of it invented) to faithful (1: nearest on average, and smoother); default 0.75, of holes 1. */
  readonly fidelity?: number;
}

/** What each task is told. Paths are relative to the pipeline's folder. */
export interface TaskOptions {
  /** Enlarges a picture. */
  readonly upscale: CommonOptions &
    FidelityOption & {
      /** How many times larger per side; default 4. */
      readonly factor?: number;
      /** Noise of the picture, for images in [0,1]; default 0. */
      readonly noise?: number | "auto";
    };
  /** Removes noise. */
  readonly denoise: CommonOptions & {
    /** Standard deviation of the noise, for images in [0,1], or one in black and one in white; default: estimated from each picture. */
    readonly noise?: NoiseLevel | "auto";
  };
  /** Fills holes. */
  readonly inpaint: CommonOptions &
    FidelityOption & {
      /** Picture of the holes: black or transparent is missing. `photo.png#alpha`: the transparent pixels of a picture. */
      readonly mask: string;
      /** White is missing, in place of black. */
      readonly invertMask?: boolean;
    };
  /** Sharpens a picture whose blur is known. */
  readonly deblur: CommonOptions &
    FidelityOption & {
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

/** The most evaluations of the network, and the budget of SATP with which a run comes near to them. */
const leaderSteps: Readonly<Record<TaskQuality, Readonly<Record<"most", number> & Partial<Record<"budget", number>>>>> = {
  draft: { most: 10, budget: 0.001 },
  normal: { most: 20 },
  best: { most: 60, budget: 0.00004 },
};

/** True for the name of a quality. */
export const isTaskQuality = (name: string): name is TaskQuality => Object.hasOwn(leaderSteps, name);

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

/** What a task is besides the seed and the number of samples. */
type Parts = Pick<PipelineObject, "operator" | "baseline" | "noise" | "modulator" | "meanOf"> & { readonly scheduler: StageObject };

const diffpir: StageObject = { use: "@leader/baseline-diffpir#diffpir", with: { lambda: 7, start: "noisy-measurement" } };
const ddrm: StageObject = { use: "@leader/baseline-ddrm#ddrm" };
const ddnm: StageObject = { use: "@leader/baseline-ddnm#ddnm" };

/**
 * The network knows no less noise than its lowest level has, 1.3 of 255; a picture with less of it is itself the larger part of the result, and
 * with none all of it. Means over four 128x128 crops of tuning pictures, one step, the last estimate and weighed: sigma 0.25 of 255 48.4 dB and
 * 60.2 (noisy 60.2), 1 48.4 and 49.0 (48.1), 2 44.2 and 44.4 (42.1), 5 39.3 and 39.3.
 */
const denoiser = (eta: number): StageObject => ({ ...ddrm, with: { eta, etaB: 1, finalOutput: "weighed" } });

/** A grid of levels, each one evaluation of the network. */
const grid = (name: string, steps: number): StageObject => ({ use: `leader#${name}`, with: { steps } });

/**
 * A method with LEADer. Means over four 128x128 crops of tuning pictures, PSNR and LPIPS, at fidelity 0.5, 0.75 and 1: DDNM, four-fold enlarging
 * 25.9 dB, 0.224; 26.1, 0.242; 26.3, 0.311 (IDPG, which this was before, 26.4, 0.399; pseudo-inverse 25.8, 0.426), two-fold 30.0, 0.047;
 * 30.1, 0.053; 30.6, 0.083 (30.8, 0.119; 30.1, 0.117). DiffPIR, four-fold with noise of 0.02, at 0.75 25.3, 0.317 (24.8, 0.518; 24.8, 0.563), a kernel
 * of 21 pixels at 0.6, 0.75 and 0.875 31.2 dB, 0.033; 31.4, 0.035; 31.7, 0.042 (without LEADer 29.7, 0.055). DDRM, a Gaussian blur of 1.6, at 0.5 and
 * 0.75 29.1, 0.108; 29.2, 0.137 (without LEADer 29.0, 0.142). 10 evaluations lose 0.0 to 0.1 dB and 3 to 15 % of LPIPS.
 *
 * `best` under noise is the mean of three draws that each dare more, which is both nearer and crisper than one: from half of the fidelity on;
 * below, what was asked for is what a mean takes away. Means over six 128x128 crops of tuning pictures, PSNR and LPIPS, one draw at 0.75, the same
 * with three times the steps, and this: a Gaussian blur 27.8 dB, 0.132; 27.8, 0.133; 28.1, 0.120. A kernel 30.7, 0.034; 30.6, 0.037; 31.4, 0.026.
 * Four-fold with noise of 0.02 23.8, 0.323; 23.8, 0.325; 24.0, 0.324. Without noise it moves along the frontier: four-fold 24.4, 0.258; 24.4, 0.257; 24.5, 0.279.
 */
const withLeader = (
  baseline: StageObject,
  noise: number | "auto",
  { fidelity = 0.75, quality = "normal" }: CommonOptions & FidelityOption,
  options: Readonly<Record<string, number>> = {},
  modulation: Readonly<Record<string, number>> = {},
): Pick<Parts, "baseline" | "modulator" | "scheduler" | "meanOf"> => {
  const averages = noise !== 0 && quality === "best" && fidelity >= 0.5;
  return {
    baseline,
    modulator: { use: "leader#ucpm", with: { fidelity: averages ? fidelity - 0.5 : fidelity, ...modulation } },
    scheduler: { use: "leader#satp", with: { ...leaderSteps[averages ? "normal" : quality], ...options } },
    ...(averages ? { meanOf: 3 } : {}),
  };
};

/**
 * What fills a hole is decided while there is much noise, where SATP would rather not linger; it knows of wide holes and of pixels here and there,
 * but not of scratches. Means over eight 128x128 crops of tuning pictures with a hole of 32x32, at fidelity 0.5, 0.75 and 1: 29.4 dB, 0.049; 29.9,
 * 0.053; 31.1, 0.070. IDPG, which this was before, has 31.3, 0.089: a grey blur.
 */
const intoHoles = { confidence: 100, dataVariance: 4 };

/**
 * A kernel leaves noise in smooth areas, which fresh noise takes away. Means over four 128x128 crops of tuning pictures and six smooth ones of
 * 256x256, PSNR and LPIPS: without 31.4 dB, 0.035 and 34.6, 0.056; at 0.01 31.4, 0.035 and 34.7, 0.048; 0.02 31.5, 0.036 and 34.8, 0.044; 0.03 31.6, 0.038
 * and 34.9, 0.044; all noise fresh everywhere 32.0, 0.060 and 35.3, 0.048.
 */
const underKernels = { texture: 0.02 };

const parts: { readonly [K in TaskName]: (options: TaskOptions[K]) => Parts } = {
  upscale: ({ noise = 0, ...options }) => ({
    noise,
    operator: { use: "@leader/operators#super-resolution", with: { method: "bicubic", factor: options.factor ?? 4 } },
    // DDRM, which draws noise for singular vectors, could not restore a large picture in parts.
    ...withLeader(noise === 0 ? ddnm : diffpir, noise, options),
  }),
  denoise: ({ noise = "auto", quality = "normal", samples = 1 }) => ({
    noise,
    operator: { use: "@leader/operators#denoising" },
    baseline: denoiser(samples > 1 ? 0.85 : 0),
    scheduler: grid("from-noise", Math.max(samples > 1 ? denoisingSteps.normal : 1, denoisingSteps[quality])),
  }),
  inpaint: (options) => ({
    operator: {
      use: "@leader/operators#inpainting",
      with: { mask: options.mask, ...(options.invertMask === true ? { invert: true } : {}) },
    },
    // What a small prior invents for a large hole seldom belongs there: the mean of what may be there disturbs less.
    ...withLeader(ddnm, 0, { fidelity: 1, ...options }, intoHoles),
  }),
  deblur: ({ noise = 0.01, ...options }) => ({
    noise,
    operator: blurOf(options.blur),
    // A kernel of any form has no decomposition where the picture is mirrored beyond its border, and DDRM needs one.
    ...("kernel" in options.blur ? withLeader(diffpir, noise, options, {}, underKernels) : withLeader(ddrm, noise, options)),
  }),
  colorize: ({ quality = "normal" }) => ({
    operator: { use: "@leader/operators#colorization", with: { weights: lumaWeights, small: { side: 48, draws: colourDraws[quality] } } },
    baseline: { use: "@leader/baseline-projdiff#projdiff", with: { stepSize: 1 } },
    scheduler: grid("uniform", colouringSteps),
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
  const { seed = 0, samples } = options;
  return { apiVersion: "leader/v1", seed, ...parts[task](options), ...defined({ samples }) };
}

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? "" : "s"}`;
const ofLeader = (quality: TaskQuality): string => `${counted(leaderSteps[quality].most, "step")} at most`;

const taken: Readonly<Record<TaskName, (quality: TaskQuality) => string>> = {
  upscale: ofLeader,
  denoise: (quality) => counted(denoisingSteps[quality], "step"),
  inpaint: ofLeader,
  deblur: ofLeader,
  colorize: (quality) => counted(colourDraws[quality], "draw"),
};

/** What each quality of each task takes, in words. */
export const taskQualities: Readonly<Record<TaskName, Readonly<Record<TaskQuality, string>>>> = recordOf(keysOf(taken), (task) =>
  recordOf(keysOf(colourDraws), taken[task]),
);

/** Names of the tasks. */
export const taskNames: readonly string[] = Object.keys(parts);

/** The pipeline of a task that is named in data. Errors: `TASK_UNKNOWN`. */
export function pipelineOfTask(request: TaskObject): PipelineObject {
  const { task, ...options } = request;
  if (!Object.hasOwn(parts, task)) throw errors.TASK_UNKNOWN({ task, similar: nearest(task, taskNames), known: taskNames });
  // The name decides which options there are, which the compiler cannot follow through the union.
  return taskPipeline<TaskName>(task, options);
}

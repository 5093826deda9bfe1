import {
  defineStage,
  formatAval,
  scheduleOf,
  trace,
  type Aval,
  type Denoiser,
  type DenoiserFactory,
  type Graph,
  type HostTensor,
  type Level,
  type NoiseSchedule,
  type Tensor,
} from "@leader/core";
import { z } from "zod";
import { errors } from "../error-codes.js";
import { cosineBasis, matrix, transposed } from "./cosine-basis.js";
import { scheduleOption } from "./schedule-option.js";

/** A Gaussian image prior N(mean, C) with C diagonal in the cosine basis (stationary up to mirrored borders) or in the pixels. */
export interface GaussianOptions {
  readonly schedule: NoiseSchedule;
  /** One value for all pixels, or an array that broadcasts to the image, in [-1,1]. */
  readonly mean: number | HostTensor;
  /** Root mean square deviation of a pixel from the mean. */
  readonly deviation: number;
  /** Amplitudes fall as frequency^-decay from one cycle per image on; 0 makes all pixels independent. Photographs have about 1. */
  readonly decay: number;
  /** Variance of each pixel instead, an array that broadcasts to the image; `deviation` and `decay` are then not used. */
  readonly variance?: HostTensor | undefined;
}

/** The orthonormal basis in which the covariance is diagonal. */
interface Basis {
  /** Eigenvalues, of a shape that broadcasts to the image. */
  readonly eigenvalues: HostTensor;
  analyse(x: Tensor): Tensor;
  synthesise(coefficients: Tensor): Tensor;
  /** Diagonal, in pixels, of a matrix that is diagonal in the basis. */
  diagonal(values: Tensor): Tensor;
}

/**
 * The optimal denoiser of a Gaussian prior, exact at every level: E[x0 | z] = m + C (C + sigma^2)^-1 (z - m) with z = x / sqrt(alphaBar).
 * Needs no weights; for tests, demonstrations, and as the linear baseline of what a prior can know.
 */
export function gaussianPrior(options: GaussianOptions): DenoiserFactory {
  return { schedule: options.schedule, at: (image) => denoiserAt(options, image) };
}

function denoiserAt(options: GaussianOptions, image: Aval): Denoiser {
  if (image.shape.length !== 4 || image.dtype !== "float32") {
    throw errors.NETWORK_IMAGE({
      file: "gaussian",
      image: formatAval(image),
      problem: "images are float32[N,C,H,W]",
      hint: "give a picture, or an array with four axes",
    });
  }
  const basis = options.variance === undefined ? cosine(options, image) : pixelwise(options.variance);
  const body = denoiserBody(options, image, basis);
  const channels = image.shape[1]!;
  return {
    image,
    schedule: options.schedule,
    differentiable: true,
    denoise(x, level) {
      const both = x.trace.emit("Function", [x.div(level.sqrtAlphaBar), level.sigma], { name: "gaussian", body, evaluations: 1 });
      return { x0: both.sliceAxis(1, 0, channels), epsilon: both.sliceAxis(1, channels, 2 * channels) };
    },
    posteriorVariance: (x, level) => posteriorVariance(x, level, basis).expand(image.shape),
  };
}

/** (z, sigma) to x0 and epsilon, joined along the channels: each from its own formula, so that neither is a difference of large numbers. */
function denoiserBody({ mean }: GaussianOptions, image: Aval, basis: Basis): Graph {
  return trace(
    (z, sigma) => {
      const centre = typeof mean === "number" ? z.trace.scalar(mean, "float32") : z.trace.constant(mean);
      const eigenvalues = z.trace.constant(basis.eigenvalues);
      const noisy = basis.analyse(z.sub(centre)).div(eigenvalues.add(sigma.square()));
      const x0 = basis.synthesise(noisy.mul(eigenvalues)).add(centre);
      return x0.concat([basis.synthesise(noisy).mul(sigma)], 1);
    },
    [image, { shape: [], dtype: "float32" }],
    ["z", "sigma"],
  );
}

/** diag Cov(x0 | x): eigenvalues lambda sigma^2 / (lambda + sigma^2). */
function posteriorVariance(x: Tensor, { sigma }: Level, basis: Basis): Tensor {
  const eigenvalues = x.trace.constant(basis.eigenvalues);
  const noise = sigma.square();
  return basis.diagonal(eigenvalues.mul(noise).div(eigenvalues.add(noise)));
}

const pixelwise = (variance: HostTensor): Basis => ({
  eigenvalues: variance,
  analyse: (x) => x,
  synthesise: (x) => x,
  diagonal: (values) => values,
});

function cosine({ deviation, decay }: GaussianOptions, image: Aval): Basis {
  const [height, width] = [image.shape[2]!, image.shape[3]!];
  const [rows, columns] = [cosineBasis(height), cosineBasis(width)];
  const separable = (x: Tensor, left: HostTensor, right: HostTensor): Tensor =>
    x.trace.constant(left).matmul(x).matmul(x.trace.constant(right));
  const square = (value: number): number => value * value;
  const [rowsT, columnsT] = [transposed(height, rows), transposed(width, columns)];
  return {
    eigenvalues: { shape: [height, width], dtype: "float32", data: spectrum(height, width, deviation, decay) },
    analyse: (x) => separable(x, matrix(height, rows), matrix(width, columnsT)),
    synthesise: (x) => separable(x, matrix(height, rowsT), matrix(width, columns)),
    diagonal: (values) => separable(values, matrix(height, rowsT, square), matrix(width, columns, square)),
  };
}

/** Power by frequency in cycles per image, scaled to a mean of deviation^2; the constant has the power of one cycle. */
function spectrum(height: number, width: number, deviation: number, decay: number): Float32Array {
  const power = Float64Array.from({ length: height * width }, (_, flat) => {
    // The k-th cosine makes k half cycles.
    const [v, u] = [Math.floor(flat / width) / 2, (flat % width) / 2];
    return Math.max(1, Math.hypot(u, v)) ** (-2 * decay);
  });
  const mean = power.reduce((a, b) => a + b, 0) / power.length;
  return Float32Array.from(power, (p) => (p * deviation ** 2) / mean);
}

const options = z.strictObject({
  mean: z
    .union([z.number().min(-1).max(1), z.string().min(1)])
    .default(0)
    .describe("a number in [-1,1], or a .npy file in [-1,1] that broadcasts to the image"),
  deviation: z.number().positive().default(0.5).describe("root mean square deviation of a pixel, images in [-1,1]"),
  decay: z.number().min(0).max(4).default(1).describe("amplitudes fall as frequency^-decay; 0: independent pixels"),
  variance: z.string().min(1).optional().describe("a .npy file with the variance of each pixel, instead of deviation and decay"),
  schedule: scheduleOption,
});

/** The analytic Gaussian prior as a stage. */
export const gaussian = defineStage({
  kind: "denoiser",
  summary: "the optimal denoiser of a Gaussian image prior, in closed form",
  options,
  async create({ mean, variance, schedule, ...rest }, environment) {
    return gaussianPrior({
      ...rest,
      mean: typeof mean === "string" ? await environment.readArray(mean) : mean,
      variance: variance === undefined ? undefined : await environment.readArray(variance),
      schedule: await scheduleOf(schedule, environment.readArray.bind(environment)),
    });
  },
});

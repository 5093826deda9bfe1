import { EigenvalueDecomposition, Matrix, pseudoInverse } from "ml-matrix";
import type { Denoiser, DenoiserFactory, Level, NoiseSchedule, Prior } from "../contract/denoiser.js";
import type { LinearOperator } from "../contract/operator.js";
import {
  type Aval,
  equalShapes,
  extents,
  formatAval,
  type Graph,
  graphErrors,
  type HostTensor,
  sizeOf,
  type Tensor,
  trace,
  uniforms,
} from "@leader/graph";
import { constantOf } from "../linear/constants.js";
import { linearBetaSchedule } from "../schedule/noise-schedule.js";
import { matrixOf } from "./dense-operator.js";
import { normalArray } from "@leader/graph/testing";

export interface GaussianOracleOptions {
  /** [N,C,H,W]: the batch and the type of an image. The covariance is dense, so keep C H W below a few hundred. */
  readonly shape: readonly number[];
  /** Which prior. Default 0. */
  readonly seed?: number;
  /** Correlation length in pixels; 0 makes all values independent. Default 1.5. */
  readonly correlation?: number;
  /** Smallest and largest standard deviation of a pixel. Default 0.2 and 0.6. */
  readonly deviation?: readonly [number, number];
  /** Default: the linear schedule of 1000 steps. */
  readonly schedule?: NoiseSchedule;
}

/** A Gaussian distribution of images, flat and row-major in float64. */
export interface Gaussian {
  readonly mean: Float64Array;
  /** n x n. */
  readonly covariance: Float64Array;
}

/** An image prior x ~ N(mean, covariance) of which everything is known in closed form: tests of samplers need no weights. */
export interface GaussianOracle extends Gaussian {
  readonly image: Aval;
  readonly schedule: NoiseSchedule;
  /** The optimal network, with `posteriorVariance`; every call counts as one evaluation. */
  readonly denoiser: Denoiser;
  /** The same for any batch. */
  readonly factory: DenoiserFactory;
  /** One draw of the prior per image of the batch. */
  sample(seed: number): HostTensor;
  /**
   * p(x | y) for one image of y = A x + sigmaY n. With sigmaY = 0 the measurement is a hard constraint.
   * @param operator for images of batch 1; @param y flat.
   */
  posterior(operator: LinearOperator, y: ArrayLike<number>, sigmaY: number): Gaussian;
  /**
   * The exact solution of the probability-flow equation from one noise level to another, x' = sqrt(a') mean + G (x - sqrt(a) mean) with
   * G = ((a' C + 1 - a') (a C + 1 - a)^-1)^(1/2).
   * @param x flat, one image.
   */
  flow(x: Float64Array, from: number, to: number): Float64Array;
}

/** Eigenvectors as columns of an n x n array, and eigenvalues. */
interface Eigen {
  readonly vectors: Float64Array;
  readonly values: Float64Array;
  readonly size: number;
}

/** Makes a Gaussian prior with varied, correlated pixels from a seed. */
export function gaussianOracle(options: GaussianOracleOptions): GaussianOracle {
  const { shape, seed = 0, correlation = 1.5, deviation = [0.2, 0.6], schedule = linearBetaSchedule() } = options;
  const image: Aval = { shape, dtype: "float32" };
  const pixel: Aval = { shape: shape.slice(1), dtype: "float32" };
  const mean = uniforms({ seed, image: 0, step: 0, name: "oracle:mean" }, sizeOf(pixel.shape)).map((u) => 0.6 * (u - 0.5));
  const covariance = covarianceOf(pixel.shape, seed, correlation, deviation);
  const eigen = eigenOf(covariance, mean.length);
  const factory = oracleFactory({ pixel: pixel.shape, mean, eigen, schedule });
  return {
    image,
    schedule,
    mean,
    covariance,
    factory,
    denoiser: factory.at(image),
    sample: (sampleSeed) => drawSamples(image, mean, eigen, sampleSeed),
    posterior: (operator, y, sigmaY) => posteriorOf({ mean, covariance }, matrixOf(operator), y, sigmaY),
    flow: (x, from, to) => flowOf(mean, eigen, schedule, x, from, to),
  };
}

/** Squared-exponential correlation over pixels, 1/2 between channels, times a standard deviation that varies from pixel to pixel. */
function covarianceOf(
  pixelShape: readonly number[],
  seed: number,
  correlation: number,
  [low, high]: readonly [number, number],
): Float64Array {
  const [, height, width] = extents(pixelShape, 3);
  const n = sizeOf(pixelShape);
  const spread = uniforms({ seed, image: 0, step: 0, name: "oracle:deviation" }, n).map((u) => low + (high - low) * u);
  const place = (i: number): readonly [number, number, number] => [
    Math.floor(i / (height * width)),
    Math.floor(i / width) % height,
    i % width,
  ];
  const covariance = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      const [c, r, q] = place(i);
      const [d, s, t] = place(j);
      const squared = (r - s) ** 2 + (q - t) ** 2;
      const near = correlation === 0 ? 0 : Math.exp(-squared / (2 * correlation ** 2)) * (c === d ? 1 : 0.5);
      // A part of every pixel is its own, which keeps the covariance well conditioned.
      covariance[i * n + j] = spread[i]! * spread[j]! * (i === j ? 1 : 0.95 * near);
    }
  }
  return covariance;
}

function eigenOf(matrix: Float64Array, size: number): Eigen {
  const decomposition = new EigenvalueDecomposition(new Matrix(rows(matrix, size)), { assumeSymmetric: true });
  return {
    vectors: Float64Array.from(decomposition.eigenvectorMatrix.to1DArray()),
    values: Float64Array.from(decomposition.realEigenvalues),
    size,
  };
}

/** V diag(factor(eigenvalue)) V^T x. */
function spectral({ vectors, values, size }: Eigen, factor: (eigenvalue: number) => number, x: ArrayLike<number>): Float64Array {
  const result = new Float64Array(size);
  for (let k = 0; k < size; k++) {
    let coefficient = 0;
    for (let i = 0; i < size; i++) coefficient += vectors[i * size + k]! * x[i]!;
    coefficient *= factor(values[k]!);
    for (let i = 0; i < size; i++) result[i]! += vectors[i * size + k]! * coefficient;
  }
  return result;
}

function drawSamples(image: Aval, mean: Float64Array, eigen: Eigen, seed: number): HostTensor {
  const z = normalArray(image, seed, "oracle:sample");
  const n = mean.length;
  const data = new Float32Array(z.length);
  for (let start = 0; start < z.length; start += n) {
    const x = spectral(eigen, (l) => Math.sqrt(Math.max(l, 0)), z.subarray(start, start + n));
    data.set(
      x.map((value, i) => value + mean[i]!),
      start,
    );
  }
  return { ...image, data };
}

function flowOf(mean: Float64Array, eigen: Eigen, schedule: NoiseSchedule, x: Float64Array, from: number, to: number): Float64Array {
  const a = schedule.alphaBar[from]!;
  const b = schedule.alphaBar[to]!;
  const moved = spectral(
    eigen,
    (l) => Math.sqrt((b * l + 1 - b) / (a * l + 1 - a)),
    x.map((value, i) => value - Math.sqrt(a) * mean[i]!),
  );
  return moved.map((value, i) => value + Math.sqrt(b) * mean[i]!);
}

function posteriorOf({ mean, covariance }: Gaussian, a: Matrix, y: ArrayLike<number>, sigmaY: number): Gaussian {
  const n = mean.length;
  if (a.columns !== n || a.rows !== y.length) {
    throw graphErrors.BAD_ARGUMENT({
      function: "posterior",
      expected: `an operator on ${n} pixels and its measurement`,
      received: `${a.columns} pixels and ${y.length} values`,
    });
  }
  const c = new Matrix(rows(covariance, n));
  const ca = c.mmul(a.transpose());
  const s = a.mmul(ca).add(Matrix.eye(a.rows).mul(sigmaY * sigmaY));
  // Rows that measure nothing leave S singular.
  const gain = ca.mmul(pseudoInverse(s, 1e-10));
  const innovation = Matrix.columnVector(Array.from(y)).sub(a.mmul(Matrix.columnVector(Array.from(mean))));
  const shift = gain.mmul(innovation).to1DArray();
  return { mean: mean.map((value, i) => value + shift[i]!), covariance: Float64Array.from(c.sub(gain.mmul(ca.transpose())).to1DArray()) };
}

interface OracleParts {
  readonly pixel: readonly number[];
  readonly mean: Float64Array;
  readonly eigen: Eigen;
  readonly schedule: NoiseSchedule;
}

function oracleFactory(parts: OracleParts): DenoiserFactory {
  return {
    schedule: parts.schedule,
    at(image) {
      if (image.shape.length !== 4 || !equalShapes(image.shape.slice(1), parts.pixel)) {
        throw graphErrors.BAD_ARGUMENT({
          function: "gaussianOracle",
          expected: `images of type float32[N,${parts.pixel.join(",")}]`,
          received: formatAval(image),
        });
      }
      return oracleDenoiser(parts, image);
    },
  };
}

/**
 * E[x0 | x] = mean + sqrt(a) C (a C + st^2)^-1 (x - sqrt(a) mean) and Cov(x0 | x) = st^2 C (a C + st^2)^-1, with st^2 = 1 - a, in
 * the eigenbasis of C.
 */
function oracleDenoiser({ pixel, mean, eigen, schedule }: OracleParts, image: Aval): Denoiser {
  const n = mean.length;
  const host = (shape: readonly number[], data: Float64Array): HostTensor => ({ shape, dtype: "float32", data: Float32Array.from(data) });
  const vectors = host([n, n], eigen.vectors);
  const squared = host(
    [n, n],
    eigen.vectors.map((v) => v * v),
  );
  const values = host([n], eigen.values);
  const centre = host([n], mean);
  const scalar: Aval = { shape: [], dtype: "float32" };
  const body: Graph = trace(
    (x, sqrtAlphaBar, st) => {
      const v = constantOf(x.trace, vectors);
      const total = constantOf(x.trace, values).mul(sqrtAlphaBar.square()).add(st.square());
      const centred = x.reshape([image.shape[0]!, n]).sub(constantOf(x.trace, centre).mul(sqrtAlphaBar));
      const shrunk = centred
        .matmul(v)
        .mul(constantOf(x.trace, values).mul(sqrtAlphaBar).div(total))
        .matmul(v.transpose([1, 0]));
      return shrunk.add(constantOf(x.trace, centre)).reshape(image.shape);
    },
    [image, scalar, scalar],
    ["x", "sqrtAlphaBar", "sqrtOneMinusAlphaBar"],
  );
  return {
    image,
    schedule,
    differentiable: true,
    denoise(x: Tensor, level: Level): Prior {
      const { sqrtAlphaBar, sqrtOneMinusAlphaBar } = level;
      const x0 = x.trace.emit("Function", [x, sqrtAlphaBar, sqrtOneMinusAlphaBar], { name: "gaussian-oracle", body, evaluations: 1 });
      // This way round, the rounding of the constants is never multiplied by sigma.
      return { x0, epsilon: x.sub(sqrtAlphaBar.mul(x0)).div(sqrtOneMinusAlphaBar) };
    },
    posteriorVariance(x: Tensor, level: Level): Tensor {
      const l = constantOf(x.trace, values);
      const st2 = level.sqrtOneMinusAlphaBar.square();
      const spread = l.mul(st2).div(l.mul(level.sqrtAlphaBar.square()).add(st2));
      return constantOf(x.trace, squared)
        .matmul(spread.reshape([n, 1]))
        .reshape([1, ...pixel]);
    },
  };
}

const rows = (data: Float64Array, n: number): number[][] =>
  Array.from({ length: data.length / n }, (_, r) => Array.from(data.subarray(r * n, (r + 1) * n)));

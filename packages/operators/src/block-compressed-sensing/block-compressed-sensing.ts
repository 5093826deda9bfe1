import {
  completedBasis,
  constantOf,
  defineStage,
  denseToHost,
  denseTranspose,
  lazy,
  type Aval,
  type DenseMatrix,
  type HostTensor,
  type LinearOperator,
  type Tensor,
} from "@leader/core";
import { z } from "zod";
import { flatMeasurementOptions, imageOfFlatMeasurement } from "../common/flat-measurement.js";
import { imageSize, type ImageSize } from "../common/image.js";
import { seedOption } from "../common/seed.js";
import { tightOperator } from "../common/tight-operator.js";
import { padTo } from "../common/zeros.js";
import { sensingMatrix } from "./sensing-matrix.js";
import { blockArea, blockCount, blocksOf, imageOfBlocks, regionsOf, type Region } from "./tiling.js";

const name = "block-compressed-sensing";

/**
 * Compressed sensing of non-overlapping blocks: every block of every channel is projected on the same random orthonormal rows.
 * Where the block size does not divide a side, that side is cut into the fewest parts that are not larger, which differ by at most
 * one pixel; so any size works, all rows stay orthonormal, and sizes that divide give the published operator.
 */
export const blockCompressedSensing = defineStage({
  kind: "operator",
  summary: "compressed sensing: random projections of non-overlapping blocks",
  reference:
    "Wang, Yu, Zhang 2023, Zero-Shot Image Restoration Using Denoising Diffusion Null-Space Model, https://arxiv.org/abs/2212.00490",
  options: z.strictObject({
    ...flatMeasurementOptions,
    blockSize: z.int().min(1).max(64).default(32).describe("largest side of a block in pixels"),
    seed: seedOption,
  }),
  create({ ratio, blockSize, seed, imageSize: stated }) {
    const rowsOf = (region: Region): number => Math.max(1, Math.floor(ratio * blockArea(region)));
    const lengthFor = (height: number, width: number): number =>
      regionsOf(height, width, blockSize).reduce((sum, region) => sum + blockCount(region) * rowsOf(region), 0);
    return {
      imageFor: (measurement) => imageOfFlatMeasurement(name, measurement, stated, ratio, lengthFor),
      at(image) {
        const size = imageSize(name, image);
        const regions = regionsOf(size.height, size.width, blockSize);
        return blockProjection(image, size, regions, (region) => sensingMatrix(seed, rowsOf(region), blockArea(region)));
      },
    };
  },
});

/** One region with its matrix in the forms that products need. */
interface SensedRegion {
  readonly region: Region;
  /** Measured numbers per block. */
  readonly rows: number;
  /** Place of the region's numbers in the measurement, and of its coefficients. */
  readonly measurementStart: number;
  readonly coefficientStart: number;
  readonly matrix: HostTensor;
  readonly transposed: HostTensor;
  readonly basis: () => { readonly v: HostTensor; readonly vt: HostTensor };
}

function sensedRegions(regions: readonly Region[], matrixOf: (region: Region) => DenseMatrix): readonly SensedRegion[] {
  let [measurementStart, coefficientStart] = [0, 0];
  return regions.map((region) => {
    const matrix = matrixOf(region);
    const transposed = denseTranspose(matrix);
    const basis = lazy(() => {
      const v = completedBasis(transposed);
      return { v: denseToHost(v), vt: denseToHost(denseTranspose(v)) };
    });
    const made = {
      region,
      rows: matrix.rows,
      measurementStart,
      coefficientStart,
      matrix: denseToHost(matrix),
      transposed: denseToHost(transposed),
      basis,
    };
    measurementStart += blockCount(region) * matrix.rows;
    coefficientStart += blockCount(region) * blockArea(region);
    return made;
  });
}

function blockProjection(
  image: Aval,
  size: ImageSize,
  regions: readonly Region[],
  matrixOf: (region: Region) => DenseMatrix,
): LinearOperator {
  const { batch, channels, height, width } = size;
  const sensed = sensedRegions(regions, matrixOf);
  const length = sensed.reduce((sum, { region, rows }) => sum + blockCount(region) * rows, 0);
  /** Numbers of a region, out of all: [N, C, blocks, per block]. */
  const part = (all: Tensor, start: number, blocks: number, perBlock: number): Tensor =>
    all.sliceAxis(2, start, start + blocks * perBlock).reshape([batch, channels, blocks, perBlock]);
  const joined = (parts: readonly Tensor[]): Tensor => {
    const [first, ...rest] = parts.map((blocks) => blocks.reshape([batch, channels, blocks.shape[2]! * blocks.shape[3]!]));
    return first!.concat(rest, 2);
  };
  const measurementOf = (y: Tensor, { region, rows, measurementStart }: SensedRegion): Tensor =>
    part(y, measurementStart, blockCount(region), rows);
  const coefficientsOf = (c: Tensor, { region, coefficientStart }: SensedRegion): Tensor =>
    part(c, coefficientStart, blockCount(region), blockArea(region));
  const restored = (blocks: readonly Tensor[]): Tensor => imageOfBlocks(blocks, regions, size);
  return tightOperator({
    name,
    domain: image,
    range: { shape: [batch, channels, length], dtype: "float32" },
    gain: 1,
    apply: (x) => joined(sensed.map((part) => blocksOf(x, part.region).matmul(constantOf(x.trace, part.transposed)))),
    adjoint: (y) => restored(sensed.map((part) => measurementOf(y, part).matmul(constantOf(y.trace, part.matrix)))),
    svd: {
      shape: [batch, channels, height * width],
      singularValues: measuredFirst(sensed, height * width),
      vt: (x) => joined(sensed.map((part) => blocksOf(x, part.region).matmul(constantOf(x.trace, part.basis().v)))),
      v: (c) => restored(sensed.map((part) => coefficientsOf(c, part).matmul(constantOf(c.trace, part.basis().vt)))),
      u: (c) => joined(sensed.map((part) => coefficientsOf(c, part).sliceAxis(3, 0, part.rows))),
      ut: (y) =>
        joined(sensed.map((part) => padTo(measurementOf(y, part), [batch, channels, blockCount(part.region), blockArea(part.region)]))),
    },
  });
}

/** 1 for the first coefficients of each block, as many as its matrix has rows. */
function measuredFirst(sensed: readonly SensedRegion[], length: number): HostTensor {
  const data = new Float32Array(length);
  for (const { region, rows, coefficientStart } of sensed) {
    for (let block = 0; block < blockCount(region); block++) {
      const start = coefficientStart + block * blockArea(region);
      data.fill(1, start, start + rows);
    }
  }
  return { shape: [length], dtype: "float32", data };
}

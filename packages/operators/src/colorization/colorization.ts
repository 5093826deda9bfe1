import {
  completedBasis,
  constantOf,
  defined,
  defineStage,
  denseMatrix,
  denseToHost,
  denseTranspose,
  type Aval,
  type HostTensor,
  type LinearOperator,
  type Tensor,
} from "@leader/core";
import { z } from "zod";
import { imageSize, imageType, type ImageSize } from "../common/image.js";
import { pointwise } from "../common/same-size.js";
import { tightOperator } from "../common/tight-operator.js";
import { padTo } from "../common/zeros.js";
import { errors } from "../error-codes.js";
import { smallColours } from "./small-colours.js";

const name = "colorization";

/** The brightness of each pixel is known, its colour is not: y = sum over channels of w_c x_c. */
export const colorization = defineStage({
  kind: "operator",
  summary: "colour lost: only a weighted sum of the channels is known",
  reference:
    "Wang, Yu, Zhang 2023, Zero-Shot Image Restoration Using Denoising Diffusion Null-Space Model, https://arxiv.org/abs/2212.00490",
  options: z
    .strictObject({
      weights: z
        .array(z.number())
        .min(2)
        .refine((weights) => weights.some((weight) => weight !== 0), { message: "must not all be 0" })
        .optional()
        .describe("share of each channel in the grey value; default 0.3333, 0.3334, 0.3333, or three times 1/3 with legacyRepeatChannels"),
      legacyRepeatChannels: z
        .boolean()
        .default(false)
        .describe("keep the grey value in every channel of the measurement, as the simplified code of DDNM does"),
      small: z
        .strictObject({
          side: z.int().min(16).max(1024).default(64).describe("side of a square of as many pixels as the smaller picture has"),
          draws: z.int().min(1).max(1024).default(16).describe("restorations of the smaller picture, whose mean is taken"),
        })
        .optional()
        .describe(
          "look for colours in a smaller picture and lay them over the grey of the picture itself: even colours, whatever its size",
        ),
    })
    .refine(({ legacyRepeatChannels, small }) => !legacyRepeatChannels || small === undefined, {
      message: "`small` needs the measurement in one channel, without legacyRepeatChannels",
    })
    .refine(({ weights, small }) => small === undefined || weights === undefined || Math.abs(weights.reduce((a, b) => a + b, 0)) > 0.01, {
      message: "`small` needs weights that make grey of equal channels: a sum other than 0",
    }),
  create({ weights: given, legacyRepeatChannels, small }) {
    const weights = given ?? (legacyRepeatChannels ? [1 / 3, 1 / 3, 1 / 3] : [0.3333, 0.3334, 0.3333]);
    const measuredChannels = legacyRepeatChannels ? weights.length : 1;
    const requireChannels = (expected: number, received: number): void => {
      if (expected !== received) throw errors.WRONG_CHANNELS({ operator: name, expected, received });
    };
    return {
      locality: pointwise,
      ...defined({ small: small && smallColours(name, weights, small) }),
      imageFor(measurement) {
        const size = imageSize(name, measurement);
        requireChannels(measuredChannels, size.channels);
        return imageType({ ...size, channels: weights.length });
      },
      at(image) {
        const size = imageSize(name, image);
        requireChannels(weights.length, size.channels);
        return weightedSum(image, size, weights, measuredChannels);
      },
    };
  },
});

/** y = 1 (w . x) per pixel, with `copies` equal channels: the one singular value is |w| sqrt(copies). */
function weightedSum(image: Aval, size: ImageSize, weights: readonly number[], copies: number): LinearOperator {
  const { batch, channels, height, width } = size;
  const range = imageType({ ...size, channels: copies });
  const length = Math.hypot(...weights);
  const gain = length * Math.sqrt(copies);
  const row: HostTensor = { shape: [1, channels], dtype: "float32", data: Float32Array.from(weights) };
  const column: HostTensor = { ...row, shape: [channels, 1, 1] };
  const basis = completedBasis(denseMatrix(channels, 1, (r) => weights[r]! / length));
  const [v, vt] = [denseToHost(basis), denseToHost(denseTranspose(basis))];
  const mixed = (x: Tensor, matrix: HostTensor): Tensor =>
    constantOf(x.trace, matrix)
      .matmul(x.reshape([batch, channels, height * width]))
      .reshape([batch, matrix.shape[0]!, height, width]);
  const singularValues: HostTensor = {
    shape: [channels, 1, 1],
    dtype: "float32",
    data: Float32Array.from(weights, (_, c) => (c === 0 ? gain : 0)),
  };
  const sumOfCopies = (y: Tensor): Tensor => (copies === 1 ? y : y.sum([1], { keepDims: true }));
  return tightOperator({
    name,
    domain: image,
    range,
    gain,
    apply: (x) => mixed(x, row).expand(range.shape),
    adjoint: (y) => sumOfCopies(y).mul(constantOf(y.trace, column)),
    svd: {
      shape: image.shape,
      singularValues,
      v: (c) => mixed(c, v),
      vt: (x) => mixed(x, vt),
      u: (c) => c.sliceAxis(1, 0, 1).div(Math.sqrt(copies)).expand(range.shape),
      ut: (y) => padTo(sumOfCopies(y).div(Math.sqrt(copies)), image.shape),
    },
  });
}

import type { ConvAttrs, OpAttrs } from "../op-attrs.js";
import type { Tensor } from "../tensor.js";
import { imageExtents } from "../shape.js";

type Shape = readonly number[];

const spatialAxes = (x: Tensor): number[] => x.shape.slice(2).map((_, i) => i + 2);

/** Cotangents of (x, weight, bias) of a convolution. */
export function convVjp(
  cotangent: Tensor,
  inputs: readonly Tensor[],
  attrs: ConvAttrs,
  wanted: readonly boolean[],
): readonly (Tensor | undefined)[] {
  const [x, weight] = [inputs[0]!, inputs[1]!];
  return [
    wanted[0] === true ? inputCotangent(cotangent, x.shape, weight, attrs) : undefined,
    wanted[1] === true ? weightCotangent(x, cotangent, weight.shape, attrs) : undefined,
    wanted[2] === true ? biasCotangent(cotangent) : undefined,
  ];
}

/** Cotangents of (x, weight, bias) of a transposed convolution: it is linear in x with a convolution as its transpose. */
export function convTransposeVjp(
  cotangent: Tensor,
  inputs: readonly Tensor[],
  { outputPadding: _, ...attrs }: OpAttrs["ConvTranspose"],
  wanted: readonly boolean[],
): readonly (Tensor | undefined)[] {
  const [x, weight] = [inputs[0]!, inputs[1]!];
  return [
    // Output padding of a whole stride (possible under dilation) makes the convolution see pixels that x never reached.
    wanted[0] === true ? cropSpatial(cotangent.conv(weight, attrs), x.shape) : undefined,
    wanted[1] === true ? weightCotangent(cotangent, x, weight.shape, attrs) : undefined,
    wanted[2] === true ? biasCotangent(cotangent) : undefined,
  ];
}

const biasCotangent = (cotangent: Tensor): Tensor => cotangent.sum([0, ...spatialAxes(cotangent)]);

/** The first pixels of each spatial axis, as many as in `shape`. */
function cropSpatial(t: Tensor, shape: Shape): Tensor {
  const ends = t.shape.map((n, i) => (i < 2 ? n : shape[i]!));
  if (ends.every((end, i) => end === t.shape[i])) return t;
  return t.slice(
    ends.map(() => 0),
    ends,
  );
}

/**
 * The transposed convolution of the cotangent, in the cheapest form that inference runtimes run well: a plain convolution
 * where the stride is 1, a pointwise convolution and a pixel shuffle where windows do not overlap, ConvTranspose otherwise.
 */
function inputCotangent(cotangent: Tensor, shape: Shape, weight: Tensor, attrs: ConvAttrs): Tensor {
  const kernel = weight.shape.slice(2);
  const reach = kernel.map((k, i) => attrs.dilations[i]! * (k - 1));
  const mirrored = attrs.pads.map((pad, i) => reach[i % kernel.length]! - pad);
  if (attrs.strides.every((s) => s === 1) && mirrored.every((pad) => pad >= 0)) {
    return cotangent.conv(exchangeChannels(weight, attrs.groups).flip(spatialAxes(weight)), { ...attrs, pads: mirrored });
  }
  const separate = kernel.every((k, i) => k === attrs.strides[i] && (k === 1 || attrs.dilations[i] === 1));
  if (separate && attrs.pads.every((pad) => pad === 0)) return shuffleCotangent(cotangent, shape, weight, attrs.groups);
  const outputPadding = kernel.map((_, i) => {
    const reached = (cotangent.shape[i + 2]! - 1) * attrs.strides[i]! + reach[i]! + 1 - attrs.pads[i]! - attrs.pads[i + kernel.length]!;
    return shape[i + 2]! - reached;
  });
  return cotangent.convTranspose(weight, { ...attrs, outputPadding });
}

/** [M, C/g, ...] to [C, M/g, ...], exchanging the roles of inputs and outputs within each group. */
function exchangeChannels(weight: Tensor, groups: number): Tensor {
  const [filters, channels, ...kernel] = imageExtents(weight.shape);
  const axes = kernel.map((_, i) => i + 3);
  return weight
    .reshape([groups, filters / groups, channels, ...kernel])
    .transpose([0, 2, 1, ...axes])
    .reshape([groups * channels, filters / groups, ...kernel]);
}

/** Every output pixel fills its own window: a 1x1 convolution to C prod(k) channels, which then spread over the window. */
function shuffleCotangent(cotangent: Tensor, shape: Shape, weight: Tensor, groups: number): Tensor {
  const kernel = weight.shape.slice(2);
  const ones = kernel.map(() => 1);
  const [batch, channels, ...size] = imageExtents(shape);
  const taps = kernel.reduce((a, b) => a * b, 1);
  const filtersPerGroup = weight.shape[0]! / groups;
  const pointwise = weight
    .reshape([groups, filtersPerGroup, channels / groups, taps])
    .transpose([0, 2, 3, 1])
    .reshape([channels * taps, filtersPerGroup, ...ones]);
  const windows = cotangent.shape.slice(2);
  const interleaved = kernel.flatMap((_, i) => [2 + kernel.length + i, 2 + i]);
  const image = cotangent
    .conv(pointwise, { groups })
    .reshape([batch, channels, ...kernel, ...windows])
    .transpose([0, 1, ...interleaved])
    .reshape([batch, channels, ...kernel.map((k, i) => k * windows[i]!)]);
  // Pixels behind the last whole window were never read.
  const rest = size.map((n, i) => n - image.shape[i + 2]!);
  return image.pad([0, 0, ...size.map(() => 0), 0, 0, ...rest]);
}

/**
 * dW[m, c, k] = sum over n and o of ct[n, m, o] x[n, c, o stride + k dilation - pad]: a convolution over the batch,
 * in which stride and dilation exchange their roles.
 * @param large the full-size image [N, C, ...]; @param small the strided image [N, M, ...].
 */
function weightCotangent(large: Tensor, small: Tensor, shape: Shape, { strides, dilations, pads, groups }: ConvAttrs): Tensor {
  const [batch, channels, ...largeSize] = imageExtents(large.shape);
  const [, filters, ...smallSize] = imageExtents(small.shape);
  const perGroup = channels / groups;
  const spatial = largeSize.map((_, i) => i);
  const images = large
    .reshape([batch, groups, perGroup, ...largeSize])
    .transpose([2, 1, 0, ...spatial.map((i) => i + 3)])
    .reshape([perGroup, groups * batch, ...largeSize]);
  const kernels = small.reshape([batch, filters, ...smallSize]).transpose([1, 0, ...spatial.map((i) => i + 2)]);
  // Pixels that the strided windows leave over at the end would be read as further taps.
  const all = images.conv(kernels, { strides: dilations, dilations: strides, pads, groups });
  return cropSpatial(all.transpose([1, 0, ...spatial.map((i) => i + 2)]), shape);
}

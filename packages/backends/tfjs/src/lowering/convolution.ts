import { type ConvAttrs, defined, extents, type OpAttrs } from "@leader/graph";
import type { TfTensor, Tfjs } from "../tfjs.js";
import { cropTo, dilateFilter, insertZeros } from "./filter.js";
import { fourAxes, type Kernel, type Lowering, mutable, shape4 } from "./lowering.js";

/** A convolution over two axes: x [N,H,W,C], w [kh,kw,C/groups,M]. */
type Planar = (x: TfTensor, w: TfTensor, bias?: TfTensor) => TfTensor;
type Shape = readonly number[];

type Margins = [[number, number], [number, number], [number, number], [number, number]];

const margins = ([top, left, bottom, right]: Shape): Margins => [
  [0, 0],
  [top!, bottom!],
  [left!, right!],
  [0, 0],
];

const pair = (list: Shape): [number, number] => [list[0]!, list[1]!];

/** One call of TensorFlow.js; it takes strides or dilations, not both, so that the filter is dilated where both occur. */
function dense(tf: Tfjs, { strides, pads, dilations }: ConvAttrs, windowed: Windowed): Planar {
  const spread = Math.max(...strides) > 1 && Math.max(...dilations) > 1;
  const pad = pads.every((p) => p === 0) ? "valid" : margins(pads);
  const rest = { strides: pair(strides), pad, dilations: spread ? pair([1, 1]) : pair(dilations) } as const;
  return (x, w, bias) => windowed(tf, x, spread ? dilateFilter(tf, w, dilations) : w, rest, bias);
}

interface Window {
  readonly strides: [number, number];
  readonly pad: "valid" | Margins;
  readonly dilations: [number, number];
}
type Windowed = (tf: Tfjs, x: TfTensor, w: TfTensor, window: Window, bias: TfTensor | undefined) => TfTensor;

const allChannels: Windowed = (tf, x, w, window, bias) =>
  tf.fused.conv2d({ x: fourAxes(x), filter: fourAxes(w), ...window, ...defined({ bias }) });

/** Every channel by itself: w [kh,kw,1,C times multiplier]. */
const channelByChannel: Windowed = (tf, x, w, { strides, pad, dilations }, bias) => {
  const [kernelHeight, kernelWidth, , filters] = shape4(w.shape);
  const channels = x.shape[3]!;
  const filter = tf.reshape(w, [kernelHeight, kernelWidth, channels, filters / channels]);
  const y = tf.depthwiseConv2d(fourAxes(x), fourAxes(filter), strides, pad, "NHWC", dilations);
  return bias === undefined ? y : tf.add(y, bias);
};

/** Applies a convolution without groups to each group of channels; `from` and `to` say where x and the filter are cut. */
function grouped(tf: Tfjs, groups: number, filterAxis: 2 | 3, one: Planar): Planar {
  return (x, w, bias) => {
    const xs = tf.split(x, groups, 3);
    const ws = tf.split(w, groups, filterAxis);
    const y = tf.concat(
      xs.map((part, i) => one(part, ws[i]!)),
      3,
    );
    return bias === undefined ? y : tf.add(y, bias);
  };
}

function planarConv(tf: Tfjs, attrs: ConvAttrs, channels: number): Planar {
  if (attrs.groups === 1) return dense(tf, attrs, allChannels);
  // Kernels for single channels want equal strides.
  if (attrs.groups === channels && attrs.strides[0] === attrs.strides[1]) return dense(tf, attrs, channelByChannel);
  return grouped(tf, attrs.groups, 3, dense(tf, { ...attrs, groups: 1 }, allChannels));
}

/** Output size along an axis before pads are cropped. */
const reach = (n: number, stride: number, kernel: number, dilation: number): number => (n - 1) * stride + dilation * (kernel - 1) + 1;

type TransposeAttrs = OpAttrs["ConvTranspose"];

/** The transposed convolution with w [kh,kw,M/groups,C]; `size` is that of the result. */
function planarTranspose(tf: Tfjs, attrs: TransposeAttrs, size: Shape): Planar {
  const { strides, pads, dilations, groups } = attrs;
  const one: Planar = (x, w, bias) => {
    const y = isShuffle(attrs, w.shape) ? shuffled(tf, x, w) : overlapping(tf, x, w, strides, dilations);
    const cropped = cropTo(tf, y, [1, 2], pads, size);
    return bias === undefined ? cropped : tf.add(cropped, bias);
  };
  return groups === 1 ? one : grouped(tf, groups, 3, one);
}

const isShuffle = ({ strides, dilations }: TransposeAttrs, [height, width]: Shape): boolean =>
  strides[0] === height && strides[1] === width && dilations.every((d) => d === 1);

/** Windows that do not overlap: one product of matrices, and the pixels of each window put in their place. */
function shuffled(tf: Tfjs, x: TfTensor, w: TfTensor): TfTensor {
  const [images, height, width, channels] = shape4(x.shape);
  const [kernelHeight, kernelWidth, filters] = shape4(w.shape);
  const rows = tf.reshape(x, [images * height * width, channels]);
  // Kernels that transpose on the fly are slow.
  const windows = tf.matMul(rows, tf.transpose(tf.reshape(w, [kernelHeight * kernelWidth * filters, channels])));
  const apart = tf.reshape(windows, [images * height, width, kernelHeight, kernelWidth * filters]);
  return tf.reshape(tf.transpose(apart, [0, 2, 1, 3]), [images, height * kernelHeight, width * kernelWidth, filters]);
}

function overlapping(tf: Tfjs, x: TfTensor, w: TfTensor, strides: Shape, dilations: Shape): TfTensor {
  const [images, height, width] = shape4(x.shape);
  const [kernelHeight, kernelWidth, filters] = shape4(w.shape);
  const size = [reach(height, strides[0]!, kernelHeight, dilations[0]!), reach(width, strides[1]!, kernelWidth, dilations[1]!)] as const;
  const filter = dilateFilter(tf, w, dilations);
  return tf.conv2dTranspose(fourAxes(x), fourAxes(filter), [images, ...size, filters], pair(strides), "valid");
}

/** An axis of size 1 before the only spatial axis of x [N,L,C] and w [k,I,O]. */
const widened = (attrs: ConvAttrs): ConvAttrs => ({
  strides: [1, ...attrs.strides],
  dilations: [1, ...attrs.dilations],
  pads: [0, attrs.pads[0]!, 0, attrs.pads[1]!],
  groups: attrs.groups,
});

const overLine =
  (tf: Tfjs, planar: Planar, output: Shape): Kernel =>
  ([x, w, bias]) => {
    const [images, length, channels] = shape4(x!.shape);
    const y = planar(tf.reshape(x!, [images, 1, length, channels]), tf.expandDims(w!, 0), bias);
    return tf.reshape(y, mutable(output));
  };

/** Attributes of the last two of three spatial axes. */
const planeOf = <A extends ConvAttrs>(attrs: A): A => ({
  ...attrs,
  strides: attrs.strides.slice(1),
  dilations: attrs.dilations.slice(1),
  pads: [attrs.pads[1]!, attrs.pads[2]!, attrs.pads[4]!, attrs.pads[5]!],
});

const total = (tf: Tfjs, terms: readonly TfTensor[]): TfTensor => terms.reduce((sum, term) => tf.add(sum, term));
/** Shaders add a bias wrongly to more than four axes. */
const biased = (tf: Tfjs, y: TfTensor, bias: TfTensor | undefined): TfTensor => (bias === undefined ? y : tf.add(y, bias));

/** The parts of a filter along its first axis. Shaders know few axes, so that the others are taken together. */
function tapsOf(tf: Tfjs, w: TfTensor): readonly TfTensor[] {
  const [count = 1, ...rest] = w.shape;
  return tf.unstack(tf.reshape(w, [count, w.size / count]), 0).map((tap) => tf.reshape(tap, rest));
}

/** A convolution over three axes: the sum over the taps of the first one of convolutions over the others. */
function volumeConv(tf: Tfjs, attrs: ConvAttrs, planar: Planar, output: Shape): Kernel {
  const depth = output[1]!;
  const [stride, dilation, before, after] = [attrs.strides[0]!, attrs.dilations[0]!, attrs.pads[0]!, attrs.pads[3]!];
  return ([x, w, bias]) => {
    const [images, slices, height, width, channels] = extents(x!.shape, 5);
    const rest = height * width * channels;
    const padded = tf.pad(tf.reshape(x!, [images, slices, rest]), [
      [0, 0],
      [before, after],
      [0, 0],
    ]);
    const planes = tapsOf(tf, w!).map((tap, z) => {
      const first = z * dilation;
      const end = first + (depth - 1) * stride + 1;
      const taken = tf.stridedSlice(padded, [0, first, 0], [images, end, rest], [1, stride, 1]);
      return planar(tf.reshape(taken, [images * depth, height, width, channels]), tap);
    });
    return tf.reshape(biased(tf, total(tf, planes), bias), mutable(output));
  };
}

/** The transposed convolution over three axes, tap by tap of the first one. */
function volumeTranspose(tf: Tfjs, attrs: TransposeAttrs, planar: Planar, output: Shape): Kernel {
  const [stride, dilation] = [attrs.strides[0]!, attrs.dilations[0]!];
  return ([x, w, bias]) => {
    const [images, depth, height, width, channels] = extents(x!.shape, 5);
    const full = reach(depth, stride, w!.shape[0], dilation);
    const slices = tf.reshape(x!, [images * depth, height, width, channels]);
    const placed = tapsOf(tf, w!).map((tap, z) => {
      const y = planar(slices, tap);
      const rows = insertZeros(tf, tf.reshape(y, [images, depth, y.size / (images * depth)]), 1, stride);
      const first = z * dilation;
      return tf.pad(rows, [
        [0, 0],
        [first, full - first - rows.shape[1]!],
        [0, 0],
      ]);
    });
    const cropped = cropTo(tf, total(tf, placed), [1], [attrs.pads[0]!], [output[1]!]);
    const channelsLast = tf.reshape(cropped, [cropped.size / output.at(-1)!, output.at(-1)!]);
    return tf.reshape(biased(tf, channelsLast, bias), mutable(output));
  };
}

const conv: Lowering<"Conv"> = ({ tf }, { attrs, types, output }) => {
  const channels = types[0]!.shape.at(-1)!;
  if (attrs.strides.length === 1) return overLine(tf, planarConv(tf, widened(attrs), channels), output.shape);
  if (attrs.strides.length === 3) return volumeConv(tf, attrs, planarConv(tf, planeOf(attrs), channels), output.shape);
  const planar = planarConv(tf, attrs, channels);
  return ([x, w, bias]) => planar(x!, w!, bias);
};

const convTranspose: Lowering<"ConvTranspose"> = ({ tf }, { attrs, output }) => {
  const size = output.shape.slice(1, -1);
  if (attrs.strides.length === 1) {
    const plane = { ...widened(attrs), outputPadding: [0, ...attrs.outputPadding] };
    return overLine(tf, planarTranspose(tf, plane, [1, ...size]), output.shape);
  }
  if (attrs.strides.length === 3) return volumeTranspose(tf, attrs, planarTranspose(tf, planeOf(attrs), size.slice(1)), output.shape);
  const planar = planarTranspose(tf, attrs, size);
  return ([x, w, bias]) => planar(x!, w!, bias);
};

export const convolutions = { Conv: conv, ConvTranspose: convTranspose };

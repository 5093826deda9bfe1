/** Poolings, as maxima of shifted slices and as convolutions with ones. */
import { sizeOf } from "../../../ir/shape.js";
import type { Tensor } from "../../../ir/tensor.js";
import { heavy, type NodeContext, type OpRules } from "../node-context.js";
import { extent, kernelOf, windowCounts, windowOf, type Window } from "./window.js";

/** Below every float32, but finite: infinities would turn into NaN where a window is all pad. */
const LOWEST = -3.4028234663852886e38;

/** The end pads that make the last window whole. */
function completed(size: readonly number[], counts: readonly number[], { kernel, strides, dilations, begin }: Window): number[] {
  return size.map((n, i) => Math.max(0, (counts[i]! - 1) * strides[i]! + extent(kernel[i]!, dilations[i]!) - n - begin[i]!));
}

function padded(x: Tensor, begin: readonly number[], end: readonly number[], value: number): Tensor {
  return x.pad([0, 0, ...begin, 0, 0, ...end], "constant", value);
}

/** A maximum over a box is a maximum per axis, one after the other. */
function maxPool(node: NodeContext): Tensor {
  const x = node.tensor(0);
  if ((node.outputs[1] ?? "") !== "") throw node.unsupported("the indices of the maxima");
  const size = x.shape.slice(2);
  const window = windowOf(node, size, kernelOf(node));
  const counts = windowCounts(node, size, window, node.attrs.flag("ceil_mode"));
  const source = x.dtype === "float32" ? x : x.cast("float32");
  const start = padded(source, window.begin, completed(size, counts, window), LOWEST);
  const result = counts.reduce(
    (sum, count, i) => maxAlong(sum, i + 2, count, window.kernel[i]!, window.strides[i]!, window.dilations[i]!),
    start,
  );
  return result.cast(x.dtype);
}

function maxAlong(x: Tensor, axis: number, count: number, kernel: number, stride: number, dilation: number): Tensor {
  const shifted = (offset: number): Tensor =>
    x.slice(
      x.shape.map((_, i) => (i === axis ? offset : 0)),
      x.shape.map((n, i) => (i === axis ? offset + (count - 1) * stride + 1 : n)),
      x.shape.map((_, i) => (i === axis ? stride : 1)),
    );
  return Array.from({ length: kernel - 1 }, (_, k) => shifted((k + 1) * dilation)).reduce((best, next) => best.maximum(next), shifted(0));
}

/** Sums over windows: a convolution of each channel with ones. */
function sumPool(node: NodeContext, x: Tensor, window: Window, counts: readonly number[]): Tensor {
  const channels = x.shape[1]!;
  const ones = node.scalar(1, "float32").expand([channels, 1, ...window.kernel]);
  const end = completed(x.shape.slice(2), counts, window);
  const { strides, dilations, begin } = window;
  const full = x.conv(ones, { strides, dilations, pads: [...begin, ...end], groups: channels });
  // End pads that the windows do not use would make more of them.
  return full.slice(
    full.shape.map(() => 0),
    [...full.shape.slice(0, 2), ...counts],
  );
}

/** How many elements each window averages over, per axis: pads count if asked for, what only completes the last window never. */
function tapCounts(
  size: readonly number[],
  counts: readonly number[],
  { kernel, strides, dilations, begin, end }: Window,
  withPads: boolean,
): number[][] {
  return size.map((n, i) => {
    const [low, high] = withPads ? [-begin[i]!, n + end[i]!] : [0, n];
    return Array.from({ length: counts[i]! }, (_, at) => {
      const first = at * strides[i]! - begin[i]!;
      const from = Math.max(0, Math.ceil((low - first) / dilations[i]!));
      const to = Math.min(kernel[i]!, Math.ceil((high - first) / dilations[i]!));
      return Math.max(0, to - from);
    });
  });
}

function averagePool(node: NodeContext): Tensor {
  const x = node.tensor(0);
  const size = x.shape.slice(2);
  const window = windowOf(node, size, kernelOf(node));
  const counts = windowCounts(node, size, window, node.attrs.flag("ceil_mode"));
  if (isTiling(size, window, counts)) return tileMean(x, window.kernel);
  if (!node.services.mayFold(sizeOf(counts))) throw node.unsupported(`${sizeOf(counts)} windows are too many`);
  const taps = tapCounts(size, counts, window, node.attrs.flag("count_include_pad"));
  const divisors = Float32Array.from({ length: sizeOf(counts) }, (_, flat) => {
    let [rest, product] = [flat, 1];
    for (let i = counts.length - 1; i >= 0; i--) {
      product *= taps[i]![rest % counts[i]!]!;
      rest = Math.floor(rest / counts[i]!);
    }
    return product;
  });
  const sums = sumPool(node, x, window, counts);
  const uniform = divisors.every((n) => n === divisors[0]);
  return sums.div(uniform ? divisors[0]! : node.builder.constant({ shape: [1, 1, ...counts], dtype: "float32", data: divisors }));
}

const isTiling = (size: readonly number[], { kernel, strides, dilations, begin, end }: Window, counts: readonly number[]): boolean =>
  size.every((n, i) => kernel[i] === strides[i] && dilations[i] === 1 && begin[i] === 0 && end[i] === 0 && n === kernel[i]! * counts[i]!);

/** Windows that tile the image: split each axis in two and average over the inner ones. */
function tileMean(x: Tensor, kernel: readonly number[]): Tensor {
  const split = x.shape.slice(2).flatMap((n, i) => [n / kernel[i]!, kernel[i]!]);
  return x.reshape([...x.shape.slice(0, 2), ...split]).mean(kernel.map((_, i) => 3 + 2 * i));
}

/** (sum |x|^p)^(1/p) over each window. */
function lpPool(node: NodeContext): Tensor {
  const x = node.tensor(0);
  const p = node.attrs.int("p", 2);
  const window = windowOf(node, x.shape.slice(2), kernelOf(node));
  const counts = windowCounts(node, x.shape.slice(2), window, node.attrs.flag("ceil_mode"));
  return sumPool(node, x.abs().pow(p), window, counts).pow(1 / p);
}

const spatialAxes = (x: Tensor): number[] => x.shape.map((_, i) => i).slice(2);

export const pools: OpRules = {
  MaxPool: heavy(maxPool),
  AveragePool: heavy(averagePool),
  LpPool: heavy(lpPool),
  GlobalAveragePool: heavy((node) => node.tensor(0).mean(spatialAxes(node.tensor(0)), { keepDims: true })),
  GlobalMaxPool: heavy((node) => node.tensor(0).max(spatialAxes(node.tensor(0)), { keepDims: true })),
};

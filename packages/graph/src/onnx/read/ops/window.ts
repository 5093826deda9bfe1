/** Sliding windows: what convolutions and poolings share. */
import type { NodeContext } from "../node-context.js";

type Shape = readonly number[];

/** Poolings take one operation per kernel entry, so a kernel from a damaged file must not decide their number. */
const MAX_KERNEL = 4096;

export interface Window {
  readonly kernel: Shape;
  readonly strides: Shape;
  readonly dilations: Shape;
  readonly begin: Shape;
  readonly end: Shape;
}

function attribute(node: NodeContext, name: string, length: number, fallback: number): Shape {
  const values = node.attrs.ints(name) ?? new Array<number>(length).fill(fallback);
  const least = name === "pads" ? 0 : 1;
  if (values.length !== length || values.some((n) => !Number.isSafeInteger(n) || n < least)) {
    throw node.invalid(`attribute ${name} should hold ${length} integers of at least ${least}, but is [${values.join(",")}]`);
  }
  return values;
}

/** Pixels that a dilated kernel covers. */
export const extent = (kernel: number, dilation: number): number => dilation * (kernel - 1) + 1;

/** Strides, dilations and pads of a node over an input of the given spatial size. */
export function windowOf(node: NodeContext, size: Shape, kernel: Shape): Window {
  const spatial = size.length;
  if (kernel.length !== spatial || spatial === 0) throw node.invalid(`a kernel of ${kernel.length} axes over ${spatial} spatial axes`);
  const strides = attribute(node, "strides", spatial, 1);
  const dilations = attribute(node, "dilations", spatial, 1);
  const pads = automaticPads(node, size, kernel, strides, dilations) ?? attribute(node, "pads", 2 * spatial, 0);
  return { kernel, strides, dilations, begin: pads.slice(0, spatial), end: pads.slice(spatial) };
}

/** The kernel as an attribute, for operations without a weight. */
export function kernelOf(node: NodeContext): Shape {
  const kernel = node.attrs.ints("kernel_shape");
  if (kernel === undefined || kernel.some((n) => !Number.isSafeInteger(n) || n < 1 || n > MAX_KERNEL)) {
    throw node.invalid(`kernel_shape is missing or has an entry outside [1, ${MAX_KERNEL}]`);
  }
  return kernel;
}

/** SAME: ceil(size / stride) outputs, an odd pad at the end (UPPER) or the beginning (LOWER). VALID: no pads. */
function automaticPads(node: NodeContext, size: Shape, kernel: Shape, strides: Shape, dilations: Shape): Shape | undefined {
  const mode = node.attrs.string("auto_pad", "NOTSET");
  if (mode === "NOTSET" || mode === "") return undefined;
  if (mode === "VALID") return new Array<number>(2 * size.length).fill(0);
  if (mode !== "SAME_UPPER" && mode !== "SAME_LOWER") throw node.invalid(`auto_pad ${mode} is unknown`);
  const totals = size.map((n, i) => Math.max(0, (Math.ceil(n / strides[i]!) - 1) * strides[i]! + extent(kernel[i]!, dilations[i]!) - n));
  const less = totals.map((n) => Math.floor(n / 2));
  const more = totals.map((n) => Math.ceil(n / 2));
  return mode === "SAME_UPPER" ? [...less, ...more] : [...more, ...less];
}

/** Number of windows per axis. With `ceil`, a last window that only reaches into the end pad is dropped (as PyTorch does). */
export function windowCounts(node: NodeContext, size: Shape, { kernel, strides, dilations, begin, end }: Window, ceil: boolean): number[] {
  return size.map((n, i) => {
    const room = (n + begin[i]! + end[i]! - extent(kernel[i]!, dilations[i]!)) / strides[i]!;
    const whole = (ceil ? Math.ceil(room) : Math.floor(room)) + 1;
    const count = ceil && (whole - 1) * strides[i]! >= n + begin[i]! ? whole - 1 : whole;
    if (count < 1)
      throw node.invalid(
        `a window of ${extent(kernel[i]!, dilations[i]!)} does not fit an axis of ${n} with pads ${begin[i]!} and ${end[i]!}`,
      );
    return count;
  });
}

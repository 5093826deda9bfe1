/** Convolution and its transpose. */
import { defined } from "../../../records.js";
import type { Tensor } from "../../../ir/tensor.js";
import { heavy, type NodeContext, type OpRules } from "../node-context.js";
import { extent, windowOf } from "./window.js";

function weight(node: NodeContext): { readonly w: Tensor; readonly kernel: readonly number[] } {
  const w = node.tensor(1);
  const kernel = w.shape.slice(2);
  const stated = node.attrs.ints("kernel_shape");
  if (stated !== undefined && (stated.length !== kernel.length || stated.some((n, i) => n !== kernel[i]))) {
    throw node.invalid(`kernel_shape [${stated.join(",")}] is not that of the weight [${w.shape.join(",")}]`);
  }
  return { w, kernel };
}

const withBias = (node: NodeContext): { readonly bias?: Tensor } => {
  const bias = node.optionalTensor(2);
  return defined({ bias });
};

function conv(node: NodeContext): Tensor {
  const x = node.tensor(0);
  const { w, kernel } = weight(node);
  const { strides, dilations, begin, end } = windowOf(node, x.shape.slice(2), kernel);
  return x.conv(w, { strides, dilations, pads: [...begin, ...end], groups: node.attrs.int("group", 1), ...withBias(node) });
}

/** Pads and extra output of a transposed convolution: stated, or chosen to give a stated output size. */
function transposedPads(
  node: NodeContext,
  size: readonly number[],
  kernel: readonly number[],
): { readonly pads: readonly number[]; readonly extra: readonly number[] } {
  const spatial = size.length;
  const mode = node.attrs.string("auto_pad", "NOTSET");
  const same = mode === "SAME_UPPER" || mode === "SAME_LOWER";
  const strides = node.attrs.ints("strides") ?? size.map(() => 1);
  const dilations = node.attrs.ints("dilations") ?? size.map(() => 1);
  const padding = node.attrs.ints("output_padding") ?? size.map(() => 0);
  const wanted = node.attrs.ints("output_shape")?.slice(-spatial) ?? (same ? size.map((n, i) => n * strides[i]!) : undefined);
  if (wanted === undefined) return { pads: node.attrs.ints("pads") ?? new Array<number>(2 * spatial).fill(0), extra: padding };
  const totals = size.map((n, i) => strides[i]! * (n - 1) + padding[i]! + extent(kernel[i]!, dilations[i]!) - wanted[i]!);
  const positive = totals.map((n) => Math.max(0, n));
  const less = positive.map((n) => Math.floor(n / 2));
  const more = positive.map((n) => Math.ceil(n / 2));
  return {
    pads: mode === "SAME_UPPER" ? [...less, ...more] : [...more, ...less],
    extra: padding.map((n, i) => n + Math.max(0, -totals[i]!)),
  };
}

function convTranspose(node: NodeContext): Tensor {
  const x = node.tensor(0);
  const { w, kernel } = weight(node);
  const size = x.shape.slice(2);
  const { strides, dilations } = windowOf(node, size, kernel);
  const { pads, extra } = transposedPads(node, size, kernel);
  return x.convTranspose(w, { strides, dilations, pads, outputPadding: extra, groups: node.attrs.int("group", 1), ...withBias(node) });
}

export const convs: OpRules = { Conv: heavy(conv), ConvTranspose: heavy(convTranspose) };

import { errors } from "../../error-codes.js";
import type { ConvAttrs, OpAttrs, ResizeAttrs } from "../../ir/op-attrs.js";
import { sizeOf } from "../../ir/shape.js";
import type { Attributes, GraphWriter } from "./graph-writer.js";
import { operand, reshaped, same, type Lowering } from "./lowering.js";

const convAttributes = (attrs: ConvAttrs, weight: readonly number[]): Attributes => ({
  kernel_shape: { ints: weight.slice(2) },
  strides: { ints: attrs.strides },
  pads: { ints: attrs.pads },
  dilations: { ints: attrs.dilations },
  group: { int: attrs.groups },
});

const conv: Lowering<"Conv"> = (writer, { inputs, types, attrs }) => writer.node("Conv", inputs, convAttributes(attrs, types[1]!.shape));

/**
 * Output padding is what fewer pads at the end would give; onnxruntime wants it below the stride. What exceeds even the
 * window's reach sees no input: zeros, to which the bias is added.
 */
const convTranspose: Lowering<"ConvTranspose"> = (writer, call) => {
  const { attrs, inputs, types, output } = call;
  const spatial = attrs.strides.length;
  if (attrs.outputPadding.every((n, i) => n < attrs.strides[i]!)) return transposed(writer, inputs, types[1]!.shape, attrs);
  const saved = attrs.outputPadding.map((n, i) => Math.min(n, attrs.pads[spatial + i]!));
  const rest = attrs.outputPadding.map((n, i) => n - saved[i]!);
  const pads = attrs.pads.map((n, i) => (i < spatial ? n : n - saved[i - spatial]!));
  const core = transposed(writer, inputs.slice(0, 2), types[1]!.shape, { ...attrs, pads, outputPadding: rest.map(() => 0) });
  const none = new Array<number>(spatial + 2).fill(0);
  const padded = rest.some((n) => n > 0) ? writer.node("Pad", [core, writer.ints([...none, 0, 0, ...rest])]) : core;
  const bias = inputs[2];
  if (bias === undefined) return padded;
  const channels = output.shape[1]!;
  return writer.node("Add", [padded, reshaped(writer, bias, [channels], [channels, ...attrs.strides.map(() => 1)])]);
};

const transposed = (writer: GraphWriter, inputs: readonly string[], weight: readonly number[], attrs: OpAttrs["ConvTranspose"]): string =>
  writer.node("ConvTranspose", inputs, { ...convAttributes(attrs, weight), output_padding: { ints: attrs.outputPadding } });

/**
 * Runtimes interpolate the last two axes of [N,C,H,W] well and others poorly or not at all. Interpolation is separable, so the last
 * two axes go together, with those before them merged, and any other axis goes alone as the H of [1,outer,H,inner].
 */
const resize: Lowering<"Resize"> = (writer, call) => {
  const { shape: to, scales } = call.attrs;
  const from = call.types[0]!.shape;
  const rank = from.length;
  const changed = from.flatMap((n, i) => (n !== to[i] || scales[i] !== 1 ? [i] : []));
  const plane = rank >= 2 && changed.every((axis) => axis >= rank - 2);
  const groups = plane && changed.length > 0 ? [{ first: rank - 2, count: 2 }] : changed.map((axis) => ({ first: axis, count: 1 }));
  let x = operand(call);
  let shape = from;
  for (const { first, count } of groups) {
    const next = shape.map((n, i) => (i >= first && i < first + count ? to[i]! : n));
    const flat = (sizes: readonly number[]): readonly number[] => [1, sizeOf(sizes.slice(0, first)), ...merged(sizes.slice(first), count)];
    const flatScales = [1, 1, ...(count === 2 ? scales.slice(first) : [scales[first]!, 1])];
    const sizing = resizeSizing(writer, flat(shape), flat(next), flatScales);
    const resized = writer.node("Resize", [reshaped(writer, x, shape, flat(shape)), "", ...sizing], resizeAttributes(call.attrs));
    x = reshaped(writer, resized, flat(next), next);
    shape = next;
  }
  return x;
};

/** Two sizes: as they are, or the first and the product of the others. */
const merged = (sizes: readonly number[], count: number): readonly number[] => (count === 2 ? sizes : [sizes[0]!, sizeOf(sizes.slice(1))]);

/** Inputs `scales` and `sizes`: sizes where the scale is their ratio, else scales, which must then give the sizes back. */
function resizeSizing(writer: GraphWriter, from: readonly number[], to: readonly number[], scales: readonly number[]): readonly string[] {
  const rounded = Float32Array.from(scales);
  if (rounded.every((scale, i) => scale === Math.fround(to[i]! / from[i]!))) return ["", writer.ints(to)];
  const wrong = rounded.findIndex((scale, i) => Math.floor(Math.fround(from[i]! * scale)) !== to[i]);
  if (wrong < 0) return [writer.constant({ shape: [scales.length], dtype: "float32", data: rounded })];
  throw errors.ONNX_INEXPRESSIBLE({
    op: "Resize",
    problem: `a scale of ${scales[wrong]!} does not take size ${from[wrong]!} to ${to[wrong]!}`,
  });
}

const resizeAttributes = (attrs: ResizeAttrs): Attributes => ({
  mode: { text: attrs.mode },
  coordinate_transformation_mode: { text: attrs.coordinates },
  antialias: { int: attrs.antialias ? 1 : 0 },
  ...(attrs.mode === "nearest" ? { nearest_mode: { text: attrs.nearest } } : {}),
  ...(attrs.mode === "cubic" ? { cubic_coeff_a: { float: attrs.cubicCoefficient } } : {}),
  ...(attrs.mode === "nearest" ? {} : { exclude_outside: { int: attrs.excludeOutside ? 1 : 0 } }),
});

/** ONNX wants a batch axis before the transformed one. */
const dft: Lowering<"DFT"> = (writer, call) => {
  const { axis, inverse } = call.attrs;
  const { shape } = call.output;
  const needsBatch = axis === 0;
  const x = needsBatch ? reshaped(writer, operand(call), shape, [1, ...shape]) : operand(call);
  const result = writer.node("DFT", [x, "", writer.int(needsBatch ? 1 : axis)], {
    inverse: { int: inverse ? 1 : 0 },
    onesided: { int: 0 },
  });
  return needsBatch ? reshaped(writer, result, [1, ...shape], shape) : result;
};

export const contractions = {
  MatMul: same("MatMul"),
  Conv: conv,
  ConvTranspose: convTranspose,
  Resize: resize,
  DFT: dft,
};

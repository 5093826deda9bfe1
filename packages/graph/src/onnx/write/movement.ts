import type { DType, HostTensor } from "../../values.js";
import { beforeFirst } from "./graph-writer.js";
import { operand, reshaped, type Lowering } from "./lowering.js";

/** Only the axes that the slice changes are written, which keeps files readable and lets runtimes skip the others. */
const slice: Lowering<"Slice"> = (writer, call) => {
  const { starts, ends, steps } = call.attrs;
  const { shape } = call.types[0]!;
  const axes = shape.flatMap((n, i) => (starts[i] === 0 && ends[i] === n && steps[i] === 1 ? [] : [i]));
  if (axes.length === 0) return operand(call);
  const ranges = axes.map((i) => {
    // A start of -1 is possible where nothing is kept, but to ONNX it is the last element.
    if (call.output.shape[i] === 0) return { start: 0, end: 0, step: 1 };
    return { start: starts[i]!, end: ends[i]! < 0 ? beforeFirst : ends[i]!, step: steps[i]! };
  });
  const parameters = [ranges.map((r) => r.start), ranges.map((r) => r.end), axes, ranges.map((r) => r.step)].map((list) =>
    writer.ints(list),
  );
  return writer.node("Slice", [operand(call), ...parameters]);
};

const pad: Lowering<"Pad"> = (writer, call) => {
  const { pads, mode, value } = call.attrs;
  const inputs = [operand(call), writer.ints(pads)];
  if (mode !== "constant") return writer.node("Pad", inputs, { mode: { text: mode } });
  return writer.node("Pad", [...inputs, writer.constant(scalarOf(call.output.dtype, value))], { mode: { text: mode } });
};

function scalarOf(dtype: DType, value: number): HostTensor {
  switch (dtype) {
    case "float32":
      return { shape: [], dtype, data: Float32Array.of(value) };
    case "int32":
      return { shape: [], dtype, data: Int32Array.of(value) };
    case "bool":
      return { shape: [], dtype, data: Uint8Array.of(value === 0 ? 0 : 1) };
    default:
      return dtype satisfies never;
  }
}

/**
 * ScatterND where the indices are known not to repeat. Elsewhere ScatterElements, 12 times slower on the cpu: onnxruntime's ScatterND adds
 * repeated indices from several threads at once and loses some of them.
 */
const scatterAdd: Lowering<"ScatterAdd"> = (writer, call) => {
  const indices = call.constants[1]?.data;
  return indices !== undefined && new Set<number>(indices).size === indices.length
    ? scatterUnique(writer, call)
    : scatterRepeated(writer, call);
};

/** ScatterND indexes leading axes only: the axis is brought to the front and back. */
const scatterUnique: Lowering<"ScatterAdd"> = (writer, call) => {
  const { axis } = call.attrs;
  const toFront = [axis, ...call.output.shape.flatMap((_, i) => (i === axis ? [] : [i]))];
  const back = call.output.shape.map((_, i) => toFront.indexOf(i));
  const moved = (x: string, permutation: readonly number[]): string =>
    axis === 0 ? x : writer.node("Transpose", [x], { perm: { ints: permutation } });
  const rows = writer.column(Array.from(call.constants[1]!.data));
  const inputs = [moved(operand(call, 0), toFront), rows, moved(operand(call, 2), toFront)];
  return moved(writer.node("ScatterND", inputs, { reduction: { text: "add" } }), back);
};

const scatterRepeated: Lowering<"ScatterAdd"> = (writer, call) => {
  const { axis } = call.attrs;
  const target = call.types[2]!.shape;
  const aligned = target.map((n, i) => (i === axis ? n : 1));
  const column = reshaped(writer, operand(call, 1), call.types[1]!.shape, aligned);
  const indices = target.every((n, i) => n === aligned[i]) ? column : writer.node("Expand", [column, writer.ints(target)]);
  return writer.node("ScatterElements", [operand(call, 0), indices, operand(call, 2)], { axis: { int: axis }, reduction: { text: "add" } });
};

export const movement = {
  Reshape: ((writer, call) => reshaped(writer, operand(call), call.types[0]!.shape, call.attrs.shape)) satisfies Lowering<"Reshape">,
  // An empty list of integers would read as an absent attribute.
  Transpose: ((writer, { inputs, attrs }) =>
    attrs.permutation.length === 0
      ? inputs[0]!
      : writer.node("Transpose", inputs, { perm: { ints: attrs.permutation } })) satisfies Lowering<"Transpose">,
  Expand: ((writer, call) => writer.node("Expand", [operand(call), writer.ints(call.attrs.shape)])) satisfies Lowering<"Expand">,
  Slice: slice,
  Pad: pad,
  Concat: ((writer, { inputs, attrs }) => writer.node("Concat", inputs, { axis: { int: attrs.axis } })) satisfies Lowering<"Concat">,
  Gather: ((writer, { inputs, attrs }) => writer.node("Gather", inputs, { axis: { int: attrs.axis } })) satisfies Lowering<"Gather">,
  ScatterAdd: scatterAdd,
};

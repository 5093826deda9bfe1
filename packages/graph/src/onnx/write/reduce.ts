import { sizeOf } from "../../ir/shape.js";
import type { GraphWriter } from "./graph-writer.js";
import { operand, reshaped, type Call, type Lowering } from "./lowering.js";

type ReduceOp = "ReduceSum" | "ReduceMean" | "ReduceMax" | "ReduceMin" | "ReduceProd";

const reduce =
  <K extends ReduceOp>(opType: K): Lowering<K> =>
  (writer, call) => {
    const { axes, keepDims } = call.attrs;
    // Empty axes mean "all" to ONNX and "none" here.
    if (axes.length === 0) return operand(call);
    const weight = opType === "ReduceSum" ? 1 : opType === "ReduceMean" ? 1 / reducedSize(call) : undefined;
    if (weight !== undefined && isWeightedRow(call)) return weightedRow(writer, call, weight);
    return writer.node(opType, [operand(call), writer.ints(axes)], { keepdims: { int: keepDims ? 1 : 0 } });
  };

/** Sums of at most this many long rows, such as the channels of an image, are written as products. */
const mostRows = 64;
const shortestInner = 1024;

type ReduceCall = Call<ReduceOp>;

const reducedSize = ({ attrs, types }: ReduceCall): number => sizeOf(attrs.axes.map((axis) => types[0]!.shape[axis]!));
const innerSize = ({ attrs, types }: ReduceCall): number => sizeOf(types[0]!.shape.slice(attrs.axes.at(-1)! + 1));

/** True for sums over neighbouring axes that leave long rows behind. */
function isWeightedRow(call: ReduceCall): boolean {
  const { axes } = call.attrs;
  const adjacent = axes.every((axis, i) => axis === axes[0]! + i);
  return adjacent && call.output.dtype === "float32" && reducedSize(call) <= mostRows && innerSize(call) >= shortestInner;
}

/** Equal weights times the rows: onnxruntime's own reduction of a middle axis takes 8 times as long on the cpu. */
function weightedRow(writer: GraphWriter, call: ReduceCall, weight: number): string {
  const { shape } = call.types[0]!;
  const [rows, inner] = [reducedSize(call), innerSize(call)];
  const outer = sizeOf(shape.slice(0, call.attrs.axes[0]));
  const flat = reshaped(writer, operand(call), shape, [outer, rows, inner]);
  return reshaped(writer, writer.node("MatMul", [writer.filled([1, rows], weight), flat]), [outer, 1, inner], call.output.shape);
}

/** Blocks of at most this many elements are rows of LayerNormalization. */
const longestRow = 4096;

/**
 * LayerNormalization for the many short rows of attention blocks, InstanceNormalization for the few large blocks of group norm,
 * where it is faster on the cpu. GroupNormalization is avoided: it has no WebGPU kernel, and onnxruntime's cpu kernel computes
 * E[x^2] - E[x]^2 in float32, which loses the variance of a block with a large mean.
 */
const standardize: Lowering<"Standardize"> = (writer, call) => {
  const { axis, epsilon } = call.attrs;
  const { shape } = call.output;
  const block = shape.slice(axis);
  if (sizeOf(block) <= longestRow) {
    const inputs = [operand(call), writer.filled(block, 1), writer.filled(block, 0)];
    return writer.node("LayerNormalization", inputs, { axis: { int: axis }, epsilon: { float: epsilon } });
  }
  const rows = sizeOf(shape.slice(0, axis));
  const flat = [1, rows, sizeOf(block)];
  const inputs = [reshaped(writer, operand(call), shape, flat), writer.filled([rows], 1), writer.filled([rows], 0)];
  return reshaped(writer, writer.node("InstanceNormalization", inputs, { epsilon: { float: epsilon } }), flat, shape);
};

export const reductions = {
  ReduceSum: reduce("ReduceSum"),
  ReduceMean: reduce("ReduceMean"),
  ReduceMax: reduce("ReduceMax"),
  ReduceMin: reduce("ReduceMin"),
  ReduceProd: reduce("ReduceProd"),
  CumSum: ((writer, call) => {
    const { axis, exclusive, reverse } = call.attrs;
    return writer.node("CumSum", [operand(call), writer.int(axis)], {
      exclusive: { int: exclusive ? 1 : 0 },
      reverse: { int: reverse ? 1 : 0 },
    });
  }) satisfies Lowering<"CumSum">,
  Softmax: ((writer, { inputs, attrs }) => writer.node("Softmax", inputs, { axis: { int: attrs.axis } })) satisfies Lowering<"Softmax">,
  Standardize: standardize,
};

import { sizeOf } from "../../ir/shape.js";
import { operand, reshaped, type Lowering } from "./lowering.js";

type ReduceOp = "ReduceSum" | "ReduceMean" | "ReduceMax" | "ReduceMin" | "ReduceProd";

const reduce =
  <K extends ReduceOp>(opType: K): Lowering<K> =>
  (writer, call) => {
    const { axes, keepDims } = call.attrs;
    // Empty axes mean "all" to ONNX and "none" here.
    if (axes.length === 0) return operand(call);
    return writer.node(opType, [operand(call), writer.ints(axes)], { keepdims: { int: keepDims ? 1 : 0 } });
  };

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

import { isOp, type Node } from "../../ir/graph.js";
import type { OpName } from "../../ir/op-attrs.js";
import { contractions } from "./contraction.js";
import { elementwise } from "./elementwise.js";
import type { Lowering } from "./lowering.js";
import { movement } from "./movement.js";
import { reductions } from "./reduce.js";

/** Ops that become nodes of ONNX; functions are written by their bodies. */
export type WrittenOp = Exclude<OpName, "Function">;

/** How every op is written in ONNX. Total, so that a new op does not compile without it. */
const lowerings: { readonly [K in WrittenOp]: Lowering<K> } = {
  Constant: (writer, { attrs }) => writer.constant(attrs.value),
  ...elementwise,
  ...reductions,
  ...movement,
  ...contractions,
};

export const isWritten = (node: Node): node is Node<WrittenOp> => !isOp(node, "Function");

export const loweringOf = <K extends WrittenOp>(op: K): Lowering<K> => lowerings[op];

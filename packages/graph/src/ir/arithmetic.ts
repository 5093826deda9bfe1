import type { Aval } from "../values.js";
import { avalsOf, isOp, type Graph, type Node } from "./graph.js";
import { sizeOf } from "./shape.js";
import type { Tensor } from "./tensor.js";

/**
 * Multiply-adds of one run of a node, to tell what is dear from what is cheap: exact for convolutions and products; for all else the elements that are
 * read or written, whichever are more, several times over for what takes several passes.
 * @param operands types of what the node reads.
 */
export function arithmeticOf(node: Node, operands: readonly Aval[]): number {
  const sizes = operands.map(({ shape }) => sizeOf(shape));
  const written = sizeOf(node.aval.shape);
  const shapeOf = (operand: number): readonly number[] => operands[operand]!.shape;
  if (isOp(node, "Function")) return countArithmetic(node.attrs.body);
  if (isOp(node, "DFT")) return 4 * written * Math.max(1, Math.log2(node.aval.shape[node.attrs.axis]!));
  switch (node.op) {
    case "Constant":
      return 0;
    case "Conv":
      return written * sizeOf(shapeOf(1).slice(1));
    case "ConvTranspose":
      return sizes[0]! * sizeOf(shapeOf(1).slice(1));
    case "MatMul":
      return written * shapeOf(0).at(-1)!;
    case "Softmax":
    case "Standardize":
      return 4 * written;
    default:
      return Math.max(written, ...sizes);
  }
}

/** Multiply-adds of one run of a graph, with the bodies of its calls. */
export function countArithmetic(graph: Graph): number {
  const avals = avalsOf(graph);
  return graph.nodes.reduce(
    (sum, node) =>
      sum +
      arithmeticOf(
        node,
        node.inputs.map((id) => avals[id]!),
      ),
    0,
  );
}

/** Multiply-adds of all that has been traced and that a value depends on. */
export function arithmeticBehind(value: Tensor): number {
  const needed = new Set([value.id]);
  let sum = 0;
  for (const { node, inputs } of value.trace.since(0).toReversed()) {
    if (!needed.has(node.id)) continue;
    sum += arithmeticOf(node, inputs);
    for (const { id } of inputs) needed.add(id);
  }
  return sum;
}

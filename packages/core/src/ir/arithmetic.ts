import type { Aval } from "../contract/tensor.js";
import { avalsOf, isOp, type Graph, type Node } from "./graph.js";
import { sizeOf } from "./shape.js";

/**
 * Multiply-adds of one run of a node, to tell what is dear from what is cheap: exact for convolutions and products; for all else the elements that are
 * read or written, whichever are more, several times over for what takes several passes.
 * @param avals types of the graph's values by id.
 */
export function arithmeticOf(node: Node, avals: readonly Aval[]): number {
  const sizes = node.inputs.map((id) => sizeOf(avals[id]!.shape));
  const written = sizeOf(node.aval.shape);
  const shapeOf = (operand: number): readonly number[] => avals[node.inputs[operand]!]!.shape;
  if (isOp(node, "Function")) return countArithmetic(node.attrs.body);
  switch (node.op) {
    case "Constant":
      return 0;
    case "Conv":
      return written * sizeOf(shapeOf(1).slice(1));
    case "ConvTranspose":
      return sizes[0]! * sizeOf(shapeOf(1).slice(1));
    case "MatMul":
      return written * shapeOf(0).at(-1)!;
    case "DFT":
      return isOp(node, "DFT") ? 4 * written * Math.max(1, Math.log2(node.aval.shape[node.attrs.axis]!)) : 0;
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
  return graph.nodes.reduce((sum, node) => sum + arithmeticOf(node, avals), 0);
}

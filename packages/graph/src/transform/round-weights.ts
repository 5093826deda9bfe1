import { roundedToHalves } from "../half-constants.js";
import { isOp, type Graph } from "../ir/graph.js";

/**
 * The graph with its large float32 constants rounded to numbers of float16, which a backend may keep in half the memory without
 * changing them again. Constants that float16 cannot stand for (`roundedToHalves`) stay.
 */
export function roundWeights(graph: Graph): Graph {
  const nodes = graph.nodes.map((node) =>
    isOp(node, "Constant") ? { ...node, attrs: { value: roundedToHalves(node.attrs.value) } } : node,
  );
  return { ...graph, nodes };
}

import type { Graph, Node } from "../ir/graph.js";
import { outputsAmong, replay, valuesAt } from "../ir/replay.js";
import type { Tensor } from "../ir/tensor.js";
import { GraphBuilder } from "../ir/trace.js";

/**
 * Rebuilds a graph node by node: `visit` says what a node becomes, given its operands in the new graph.
 * Graphs are immutable, so every pass that changes nodes is such a replay.
 */
export function rewrite(graph: Graph, visit: (node: Node, operands: readonly Tensor[], builder: GraphBuilder) => Tensor): Graph {
  const builder = new GraphBuilder();
  const values = valuesAt(
    graph,
    graph.params.map((p) => builder.param(p.name, p.aval)),
  );
  replay(builder, graph.nodes, values, (node, operands) => visit(node, operands, builder));
  return builder.build(outputsAmong(graph, values));
}

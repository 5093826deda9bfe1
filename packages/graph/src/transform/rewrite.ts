import type { Graph, Node } from "../ir/graph.js";
import type { Tensor } from "../ir/tensor.js";
import { GraphBuilder } from "../ir/trace.js";

/**
 * Rebuilds a graph node by node: `visit` says what a node becomes, given its operands in the new graph.
 * Graphs are immutable, so every pass that changes nodes is such a replay.
 */
export function rewrite(graph: Graph, visit: (node: Node, operands: readonly Tensor[], builder: GraphBuilder) => Tensor): Graph {
  const builder = new GraphBuilder();
  const values = graph.params.map((p) => builder.param(p.name, p.aval));
  for (const node of graph.nodes) {
    values[node.id] = builder.within(node.scope, () =>
      visit(
        node,
        node.inputs.map((id) => values[id]!),
        builder,
      ),
    );
  }
  return builder.build(graph.outputs.map((id) => values[id]!));
}

/** The graph with only the given nodes, in the given order, renumbered. Params stay. `replaced` maps ids of dropped values to kept ones. */
export function renumber(graph: Graph, nodes: readonly Node[], replaced: (id: number) => number = (id) => id): Graph {
  const count = graph.params.length;
  const order = new Map<number, number>(nodes.map((node, i) => [node.id, count + i]));
  const idOf = (id: number): number => {
    const kept = replaced(id);
    return kept < count ? kept : order.get(kept)!;
  };
  return {
    params: graph.params,
    nodes: nodes.map((node) => ({ ...node, id: order.get(node.id)!, inputs: node.inputs.map(idOf) })),
    outputs: graph.outputs.map(idOf),
  };
}

import type { Graph } from "../ir/graph.js";
import { renumber } from "../ir/renumber.js";

/** Drops every node that no output depends on. Params stay: they are the graph's signature. */
export function eliminateDeadNodes(graph: Graph): Graph {
  const live = new Set(graph.outputs);
  for (const node of graph.nodes.toReversed()) {
    if (live.has(node.id)) for (const id of node.inputs) live.add(id);
  }
  const nodes = graph.nodes.filter((node) => live.has(node.id));
  return nodes.length === graph.nodes.length ? graph : renumber(graph.params, nodes, graph.outputs);
}

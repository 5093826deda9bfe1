import type { Aval } from "../values.js";
import type { Graph, Node, OpName } from "./op-attrs.js";

export type { Graph, Node, Param } from "./op-attrs.js";

/** The type of every value of a graph, by id. */
export function avalsOf(graph: Graph): readonly Aval[] {
  return [...graph.params.map((p) => p.aval), ...graph.nodes.map((n) => n.aval)];
}

/** True if the node is an instance of the given op; narrows its attributes. */
export function isOp<K extends OpName>(node: Node, op: K): node is Node<K> {
  return node.op === op;
}

/** Denoiser evaluations (for one image) that one run of the graph makes: counted, never declared. */
export function countEvaluations(graph: Graph): number {
  return graph.nodes.reduce(
    (sum, node) => sum + (isOp(node, "Function") ? node.attrs.evaluations + countEvaluations(node.attrs.body) : 0),
    0,
  );
}

import type { Graph, Node, Param } from "./graph.js";

/**
 * The graph of some params and nodes, numbered as every graph is: params first, then nodes in their order.
 * @param replaced what stands for a value that is no longer there.
 */
export function renumber(
  params: readonly Param[],
  nodes: readonly Node[],
  outputs: readonly number[],
  replaced: (id: number) => number = (id) => id,
): Graph {
  const order = new Map([...params, ...nodes].map(({ id }, i) => [id, i]));
  const numberOf = (id: number): number => order.get(replaced(id))!;
  return {
    params: params.map((param) => ({ ...param, id: order.get(param.id)! })),
    nodes: nodes.map((node) => ({ ...node, id: order.get(node.id)!, inputs: node.inputs.map(numberOf) })),
    outputs: outputs.map(numberOf),
  };
}

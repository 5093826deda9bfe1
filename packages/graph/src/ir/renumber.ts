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
  const order: number[] = [];
  let count = 0;
  for (const { id } of params) order[id] = count++;
  for (const { id } of nodes) order[id] = count++;
  const numberOf = (id: number): number => order[replaced(id)]!;
  return {
    params: params.map((param) => (param.id === order[param.id] ? param : { ...param, id: order[param.id]! })),
    nodes: nodes.map((node) => {
      const [id, inputs] = [order[node.id]!, node.inputs.map(numberOf)];
      // Most nodes keep their numbers, and to copy them is most of the work.
      return id === node.id && inputs.every((input, i) => input === node.inputs[i]) ? node : { ...node, id, inputs };
    }),
    outputs: outputs.map(numberOf),
  };
}

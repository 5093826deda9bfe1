import type { Graph, Node } from "./graph.js";
import type { Emitter, Tensor } from "./tensor.js";

/** What a node becomes in another trace, given its operands there. */
export type Visit = (node: Node, operands: readonly Tensor[]) => Tensor;

/** What stands for the values of a graph in another trace, by id. */
export type Values = Map<number, Tensor>;

/** The values of a graph's params. */
export const valuesAt = (graph: Graph, inputs: readonly Tensor[]): Values => new Map(graph.params.map(({ id }, i) => [id, inputs[i]!]));

/** What a graph returns, of values that hold it. */
export const outputsAmong = (graph: Graph, values: ReadonlyMap<number, Tensor>): readonly Tensor[] =>
  graph.outputs.map((id) => values.get(id)!);

/**
 * Emits nodes into a trace, in order and under their scopes, and adds what they become to `values`. Every pass that copies a graph or a
 * part of it does so here.
 * @param visit what a node becomes. Default: the same node.
 * @param operandOf what a node reads for a value. Default: what stands for it in `values`.
 */
export function replay(
  emitter: Emitter,
  nodes: readonly Node[],
  values: Values,
  visit: Visit = (node, operands) => emitter.emit(node.op, operands, node.attrs),
  operandOf: (id: number, node: Node) => Tensor = (id) => values.get(id)!,
): void {
  for (const node of nodes) {
    const operands = node.inputs.map((id) => operandOf(id, node));
    values.set(
      node.id,
      emitter.within(node.scope, () => visit(node, operands)),
    );
  }
}

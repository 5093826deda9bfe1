import { isOp, type Graph } from "../ir/graph.js";
import type { Emitter, Tensor } from "../ir/tensor.js";
import { rewrite } from "./rewrite.js";

/** Replaces every `Function` node, at any depth, by the nodes of its body. */
export function inlineFunctions(graph: Graph): Graph {
  if (!graph.nodes.some((node) => isOp(node, "Function"))) return graph;
  return rewrite(graph, (node, operands, builder) =>
    isOp(node, "Function")
      ? builder.within(node.attrs.name, () => replayInlined(builder, node.attrs.body, operands)[0]!)
      : builder.emit(node.op, operands, node.attrs),
  );
}

function replayInlined(emitter: Emitter, graph: Graph, inputs: readonly Tensor[]): readonly Tensor[] {
  const values: Tensor[] = [...inputs];
  for (const node of graph.nodes) {
    const operands = node.inputs.map((id) => values[id]!);
    values[node.id] = emitter.within(node.scope, () =>
      isOp(node, "Function")
        ? emitter.within(node.attrs.name, () => replayInlined(emitter, node.attrs.body, operands)[0]!)
        : emitter.emit(node.op, operands, node.attrs),
    );
  }
  return graph.outputs.map((id) => values[id]!);
}

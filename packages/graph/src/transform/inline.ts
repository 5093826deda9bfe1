import { isOp, type Graph } from "../ir/graph.js";
import { outputsAmong, replay, valuesAt } from "../ir/replay.js";
import type { Emitter, Tensor } from "../ir/tensor.js";
import { GraphBuilder } from "../ir/trace.js";

/** Replaces every `Function` node, at any depth, by the nodes of its body. */
export function inlineFunctions(graph: Graph): Graph {
  if (!graph.nodes.some((node) => isOp(node, "Function"))) return graph;
  const builder = new GraphBuilder();
  const inputs = graph.params.map((p) => builder.param(p.name, p.aval));
  return builder.build(replayInlined(builder, graph, inputs));
}

function replayInlined(emitter: Emitter, graph: Graph, inputs: readonly Tensor[]): readonly Tensor[] {
  const values = valuesAt(graph, inputs);
  replay(emitter, graph.nodes, values, (node, operands) =>
    isOp(node, "Function")
      ? emitter.within(node.attrs.name, () => replayInlined(emitter, node.attrs.body, operands)[0]!)
      : emitter.emit(node.op, operands, node.attrs),
  );
  return outputsAmong(graph, values);
}

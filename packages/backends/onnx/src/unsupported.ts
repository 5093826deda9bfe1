import { isOp, type Graph, type Node, type UnsupportedOp } from "@leader/graph";
import type { ProviderName } from "./options.js";

/** Why onnxruntime cannot run a node; undefined if it can. Nodes without a kernel on an accelerator run on the cpu. */
function reason(node: Node, provider: ProviderName): string | undefined {
  if (isOp(node, "Resize") && node.attrs.antialias && provider === "webgpu") return "no WebGPU kernel for antialiased interpolation";
  if (isOp(node, "ConvTranspose") && node.attrs.strides.length > 2 && provider === "webgpu")
    return "no WebGPU kernel for a transposed convolution over more than two axes";
  if ((isOp(node, "Conv") || isOp(node, "ConvTranspose")) && node.attrs.strides.length > 3)
    return "a convolution over more than three axes";
  return undefined;
}

/** What onnxruntime cannot run of a graph, bodies of functions included. */
export function unsupportedOps(graph: Graph, provider: ProviderName): readonly UnsupportedOp[] {
  return graph.nodes.flatMap((node) => {
    if (isOp(node, "Function")) {
      return unsupportedOps(node.attrs.body, provider).map((inner) => ({
        ...inner,
        node: node.id,
        reason: `in \`${node.attrs.name}\`: ${inner.reason}`,
      }));
    }
    const why = reason(node, provider);
    return why === undefined ? [] : [{ node: node.id, op: node.op, reason: why }];
  });
}

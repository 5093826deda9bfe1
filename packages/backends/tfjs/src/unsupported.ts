import { isOp, type Graph, type Node, type UnsupportedOp } from "@leader/core";
import type { DeviceName } from "./device/device.js";

/** Axes that a transposition can have in shaders. */
const webgpuRank = 6;

/** Why TensorFlow.js cannot run a node; undefined if it can. */
function reason(node: Node, device: DeviceName): string | undefined {
  if (device === "webgpu" && node.aval.shape.length > webgpuRank) return `no WebGPU kernels for more than ${webgpuRank} axes`;
  return undefined;
}

/** What TensorFlow.js cannot run of a graph, bodies of functions included. */
export function unsupportedOps(graph: Graph, device: DeviceName): readonly UnsupportedOp[] {
  return graph.nodes.flatMap((node) => {
    if (isOp(node, "Function")) {
      return unsupportedOps(node.attrs.body, device).map((inner) => ({
        ...inner,
        node: node.id,
        reason: `in \`${node.attrs.name}\`: ${inner.reason}`,
      }));
    }
    const why = reason(node, device);
    return why === undefined ? [] : [{ node: node.id, op: node.op, reason: why }];
  });
}

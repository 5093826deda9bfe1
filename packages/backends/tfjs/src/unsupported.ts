import { isOp, type Graph, type Node, type UnsupportedOp } from "@leader/core";
import type { DeviceName } from "./device/device.js";

/** Axes that a transposition can have in shaders. */
const webgpuRank = 6;

/** Axes that WGSL has vectors for; kernels of @tensorflow/tfjs-backend-webgpu 4.22 that go wrong with more. */
const vectorRank = 4;
const vectorKernels: ReadonlySet<string> = new Set(["Where", "Expand", "Pad", "CumSum"]);

/** Why TensorFlow.js cannot run a node; undefined if it can. */
function reason(node: Node, device: DeviceName): string | undefined {
  const rank = node.aval.shape.length;
  if (device !== "webgpu") return undefined;
  if (isOp(node, "Mul") && node.aval.dtype === "int32") return "its shaders multiply integers as floats";
  if (rank <= vectorRank) return undefined;
  if (rank > webgpuRank) return `no WebGPU kernels for more than ${webgpuRank} axes`;
  const strided = isOp(node, "Slice") && node.attrs.steps.some((step) => step !== 1);
  return strided || vectorKernels.has(node.op) ? `no WebGPU kernel for more than ${vectorRank} axes` : undefined;
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

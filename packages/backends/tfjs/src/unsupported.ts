import { avalsOf, isOp, type Aval, type Graph, type Node, type UnsupportedOp } from "@leader/graph";
import { mergedAxes, repeatedAxes, vectorRank } from "./lowering/merged-axes.js";
import type { DeviceName } from "./device/device.js";

/** Axes that a transposition can have in shaders. */
const webgpuRank = 6;

/** Ops whose kernels want no more axes than WGSL has vectors for. */
const vectorKernels: ReadonlySet<string> = new Set(["Where", "Expand", "Pad", "CumSum"]);

/** How many axes the shaders of a node see. */
function kernelRank(node: Node, [operand]: readonly Aval[]): number {
  // The elements stay where they are.
  if (isOp(node, "Reshape")) return 0;
  if (isOp(node, "Expand")) return repeatedAxes(operand!.shape, node.aval.shape).shape.length;
  return "axes" in node.attrs ? mergedAxes(operand!.shape, node.attrs.axes).shape.length : node.aval.shape.length;
}

/** Why TensorFlow.js cannot run a node; undefined if it can. */
function reason(node: Node, operands: readonly Aval[], device: DeviceName): string | undefined {
  if (device !== "webgpu") return undefined;
  const rank = kernelRank(node, operands);
  if (isOp(node, "Mul") && node.aval.dtype === "int32") return "its shaders multiply integers as floats";
  if (rank <= vectorRank) return undefined;
  if (rank > webgpuRank) return `no WebGPU kernels for more than ${webgpuRank} axes`;
  const strided = isOp(node, "Slice") && node.attrs.steps.some((step) => step !== 1);
  return strided || vectorKernels.has(node.op) ? `no WebGPU kernel for more than ${vectorRank} axes` : undefined;
}

/** What TensorFlow.js cannot run of a graph, bodies of functions included. */
export function unsupportedOps(graph: Graph, device: DeviceName): readonly UnsupportedOp[] {
  const avals = avalsOf(graph);
  return graph.nodes.flatMap((node) => {
    if (isOp(node, "Function")) {
      return unsupportedOps(node.attrs.body, device).map((inner) => ({
        ...inner,
        node: node.id,
        reason: `in \`${node.attrs.name}\`: ${inner.reason}`,
      }));
    }
    const operands = node.inputs.map((id) => avals[id]!);
    const why = reason(node, operands, device);
    return why === undefined ? [] : [{ node: node.id, op: node.op, reason: why }];
  });
}

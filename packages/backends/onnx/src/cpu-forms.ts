import { equalShapes, eliminateDeadNodes, isOp, rewrite, type Graph, type Node, type Tensor } from "@leader/graph";
import { interleaving } from "./interleaving.js";
import { planeConvolution } from "./plane-convolution.js";

/** Channels are stored in blocks of this many in the layout of the cpu's convolutions. */
const channelBlock = 16;

/**
 * The graph in forms that onnxruntime's cpu kernels run faster. There, convolutions keep images in a layout of their own, which only
 * convolutions, sums and products of images share: every other operation between them costs two conversions. So a - b + c with a number c,
 * as the derivative of SiLU has it, becomes a pointwise convolution of b with the weight -1 and the bias c, whose sum with a the runtime
 * fuses into it. One step of DPS on a U-Net takes a tenth less. Blurs of single planes get a form of their own (`planeConvolution`), and so
 * do transposes that make an image of channels (`interleaving`).
 */
export function cpuForms(graph: Graph): Graph {
  const constants = new Map(graph.nodes.flatMap((node) => (isOp(node, "Constant") ? [[node.id, node.attrs.value] as const] : [])));
  const differences = new Map<number, readonly Tensor[]>();
  const rewritten = rewrite(graph, (node, operands, builder) => {
    if (node.op === "Sub") differences.set(node.id, operands);
    const difference = node.op === "Add" ? differences.get(node.inputs[0]!) : undefined;
    const constant = constants.get(node.inputs[1]!);
    const number = constant?.shape.length === 0 ? constant.data[0] : undefined;
    if (difference !== undefined && number !== undefined && fits(node, difference)) return affine(difference[0]!, difference[1]!, number);
    return planeConvolution(node, operands, constant) ?? interleaving(node, operands) ?? builder.emit(node.op, operands, node.attrs);
  });
  return eliminateDeadNodes(rewritten);
}

/** Images of whole blocks of channels. */
const fits = ({ aval }: Node, operands: readonly Tensor[]): boolean =>
  aval.shape.length === 4 && aval.shape[1]! % channelBlock === 0 && operands.every(({ shape }) => equalShapes(shape, aval.shape));

/** a - b + number. */
function affine(a: Tensor, b: Tensor, number: number): Tensor {
  const channels = b.shape[1]!;
  const filled = (shape: readonly number[], value: number): Tensor =>
    b.trace.constant({ shape, dtype: "float32", data: new Float32Array(channels).fill(value) });
  return b.conv(filled([channels, 1, 1, 1], -1), { groups: channels, bias: filled([channels], number) }).add(a);
}

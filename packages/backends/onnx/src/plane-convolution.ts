import { avalsOf, extents, type Graph, hasRank, type HostTensor, isOp, type Node, type Tensor } from "@leader/graph";

/** Kernels of fewer taps than this are quicker as they are. */
const fewestTaps = 81;
/** Sides of the blocks of output pixels that are computed together, by preference. */
const blockSides = [4, 2];

/**
 * Convolutions of single planes, as blurs have them, as onnxruntime runs them faster. It unrolls a convolution to a product of matrices, which
 * here would have a single row. So a block of s x s output pixels becomes s^2 channels of a convolution with stride s, whose kernel holds
 * that of the plane at every offset in the block; the pixels are then put back in place. At 256x256 a kernel of 9x9 takes 0.8 of the time, one of
 * 17x17 a third, one of 31x31 a sixth; below that the runtime's own way is faster.
 * @param weight the constant kernel [1, 1, rows, columns], or undefined if it is none.
 * @returns undefined where the form does not apply.
 */
export function planeConvolution(node: Node, [x]: readonly Tensor[], weight: HostTensor | undefined): Tensor | undefined {
  if (!isOp(node, "Conv") || x === undefined || weight === undefined || node.inputs.length !== 2) return undefined;
  const { strides, dilations, pads, groups } = node.attrs;
  if (!hasRank(node.aval.shape, 4)) return undefined;
  const [batch, , height, width] = node.aval.shape;
  const [outputs, channels, rows, columns] = weight.shape;
  if (outputs !== 1 || channels !== 1 || groups !== 1 || rows! * columns! < fewestTaps) return undefined;
  if ([...strides, ...dilations].some((value) => value !== 1)) return undefined;
  const side = blockSides.find((size) => height % size === 0 && width % size === 0);
  if (side === undefined) return undefined;
  const blocks = x.conv(x.trace.constant(shiftedKernels(weight, side)), { strides: [side, side], pads });
  return blocks
    .reshape([batch, side, side, height / side, width / side])
    .transpose([0, 3, 1, 4, 2])
    .reshape(node.aval.shape);
}

/** True of graphs that convolve, and nothing but single planes. */
export function convolvesPlanesOnly(graph: Graph): boolean {
  const avals = avalsOf(graph);
  const convolutions = graph.nodes.filter((node) => isOp(node, "Conv"));
  return convolutions.length > 0 && convolutions.every((node) => avals[node.inputs[0]!]!.shape[1] === 1);
}

/** The kernel at every offset in a block: [side^2, 1, rows + side - 1, columns + side - 1]. */
function shiftedKernels({ shape, data }: HostTensor, side: number): HostTensor {
  const [rows, columns] = extents(shape.slice(2), 2);
  const [tall, wide] = [rows + side - 1, columns + side - 1];
  const shifted = new Float32Array(side * side * tall * wide);
  for (let block = 0; block < side * side; block++) {
    const [down, right] = [Math.floor(block / side), block % side];
    for (let r = 0; r < rows; r++) {
      const start = (block * tall + r + down) * wide + right;
      for (let c = 0; c < columns; c++) shifted[start + c] = Number(data[r * columns + c]);
    }
  }
  return { shape: [side * side, 1, tall, wide], dtype: "float32", data: shifted };
}

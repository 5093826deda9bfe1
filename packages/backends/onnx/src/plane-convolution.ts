import { avalsOf, extents, type Graph, hasRank, type HostTensor, isOp, type Node, type Tensor } from "@leader/graph";

/** Kernels of fewer taps than this are quicker as they are. */
const fewestTaps = 40;
/** Blocks of 4 x 4 pixels: as channels they fill a vector of the processor. */
const side = 4;

/**
 * Convolutions of single planes, as blurs have them, as onnxruntime runs them faster: its fast kernels take many channels on both sides. So the
 * pixels of every block become the channels of one pixel, and the convolution one of few taps between all of them. At 256x256 a kernel
 * of 9x9 takes a third of the time, one of 31x31 a fifth, one of 61x61 a sixth.
 * @param weight the constant kernel [1, 1, rows, columns], or undefined if it is none.
 * @returns undefined where the form does not apply.
 */
export function planeConvolution(node: Node, [x]: readonly Tensor[], weight: HostTensor | undefined): Tensor | undefined {
  if (!isOp(node, "Conv") || x === undefined || weight === undefined || node.inputs.length !== 2) return undefined;
  const { strides, dilations, pads, groups } = node.attrs;
  if (!hasRank(node.aval.shape, 4) || !hasRank(x.shape, 4)) return undefined;
  const [, , height, width] = node.aval.shape;
  const [outputs, channels, rows, columns] = extents(weight.shape, 4);
  if (outputs !== 1 || channels !== 1 || groups !== 1 || rows * columns < fewestTaps) return undefined;
  if ([...strides, ...dilations].some((value) => value !== 1)) return undefined;
  const down = blockAxis({ length: x.shape[2], result: height, taps: rows, before: pads[0]! });
  const across = blockAxis({ length: x.shape[3], result: width, taps: columns, before: pads[1]! });
  const kernel = x.trace.constant(blockKernel(weight, down, across));
  const whole = x.pad([0, 0, 0, 0, 0, 0, down.missing, across.missing]);
  const blurred = fromBlocks(toBlocks(whole).conv(kernel, { pads: [down.before, across.before, down.after, across.after] }));
  const exact = blurred.shape[2] === height && blurred.shape[3] === width;
  return exact ? blurred : blurred.sliceAxis(2, 0, height).sliceAxis(3, 0, width);
}

/**
 * Planes [N,1,H,W] as [N, side^2, H / side, W / side], column by column of a block. In two steps: one exchange of two axes, for which the runtime
 * has a fast way on several threads, and one of whole rows. As one step, every pixel is looked for on its own; the shape between them
 * joins other axes, so that the runtime does not make them one.
 */
function toBlocks(x: Tensor): Tensor {
  const [batch, , height, width] = extents(x.shape, 4);
  const [down, across] = [height / side, width / side];
  return x
    .reshape([batch, height * across, side])
    .transpose([0, 2, 1])
    .reshape([batch * side, down, side, across])
    .transpose([0, 2, 1, 3])
    .reshape([batch, side * side, down, across]);
}

/** The planes whose blocks these are. */
function fromBlocks(blocks: Tensor): Tensor {
  const [batch, , down, across] = extents(blocks.shape, 4);
  return blocks
    .reshape([batch * side, side, down, across])
    .transpose([0, 2, 1, 3])
    .reshape([batch, side, down * side * across])
    .transpose([0, 2, 1])
    .reshape([batch, 1, down * side, across * side]);
}

/** One axis of a convolution between blocks. */
interface BlockAxis {
  /** Zeros after the last pixel, to whole blocks. */
  readonly missing: number;
  /** Blocks of zeros on both sides. */
  readonly before: number;
  readonly after: number;
  /** Blocks that a block of the result depends on, and where the kernel begins in the first one. */
  readonly taps: number;
  readonly start: number;
}

interface Axis {
  /** Pixels before and after the convolution. */
  readonly length: number;
  readonly result: number;
  readonly taps: number;
  /** Zeros before the first pixel. */
  readonly before: number;
}

function blockAxis(axis: Axis): BlockAxis {
  const missing = (side - (axis.length % side)) % side;
  const before = Math.ceil(axis.before / side);
  const start = before * side - axis.before;
  const taps = Math.floor((axis.taps + start + side - 2) / side) + 1;
  const after = Math.ceil(axis.result / side) + taps - 1 - (axis.length + missing) / side - before;
  return { missing, before, after, taps, start };
}

/** True of graphs that convolve, and nothing but single planes. */
export function convolvesPlanesOnly(graph: Graph): boolean {
  const avals = avalsOf(graph);
  const convolutions = graph.nodes.filter((node) => isOp(node, "Conv"));
  return convolutions.length > 0 && convolutions.every((node) => avals[node.inputs[0]!]!.shape[1] === 1);
}

/** The kernel between the pixels of blocks: [side^2, side^2, taps down, taps across]. */
function blockKernel({ shape, data }: HostTensor, down: BlockAxis, across: BlockAxis): HostTensor {
  const [rows, columns] = extents(shape.slice(2), 2);
  const channels = side * side;
  const made = new Float32Array(channels * channels * down.taps * across.taps);
  let at = 0;
  for (let to = 0; to < channels; to++) {
    for (let from = 0; from < channels; from++) {
      const top = (from % side) - (to % side) - down.start;
      const left = Math.floor(from / side) - Math.floor(to / side) - across.start;
      for (let u = 0; u < down.taps; u++) {
        for (let v = 0; v < across.taps; v++, at++) {
          const [row, column] = [u * side + top, v * side + left];
          if (row >= 0 && row < rows && column >= 0 && column < columns) made[at] = Number(data[row * columns + column]);
        }
      }
    }
  }
  return { shape: [channels, channels, down.taps, across.taps], dtype: "float32", data: made };
}

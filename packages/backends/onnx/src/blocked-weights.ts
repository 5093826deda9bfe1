import { sizeOf } from "@leader/graph";
import type { GraphWriter } from "@leader/graph/onnx";

/** Zeros behind what is given for the channels of a result, to whole blocks. */
export function filled(writer: GraphWriter, values: string, shape: readonly number[], block: number): string {
  const missing = wholeBlocks(shape[0]!, block) - shape[0]!;
  if (missing === 0) return values;
  return writer.node("Pad", [values, writer.ints([...shape.map(() => 0), missing, ...shape.slice(1).map(() => 0)])]);
}

/** The next multiple of a block. */
export const wholeBlocks = (channels: number, block: number): number => Math.ceil(channels / block) * block;

/** How weights [outputs, inputs, rows, columns] are divided, and in which order the parts lie in the blocked layout. */
interface Order {
  readonly parts: readonly number[];
  readonly permutation: readonly number[];
}

/**
 * Blocks of channels of the result, blocks of channels of the picture, taps, channels of the picture within a block, those of the result
 * within a block. Of fewer channels than a block, those of the picture lie before the taps.
 */
function orderOf([outputs, inputs, rows, columns]: Shape, block: number): Order {
  const blocks = Math.ceil(outputs / block);
  return inputs < block
    ? { parts: [blocks, block, inputs, rows, columns], permutation: [0, 2, 3, 4, 1] }
    : { parts: [blocks, block, inputs / block, block, rows, columns], permutation: [0, 2, 4, 5, 3, 1] };
}

/** Weights [outputs, inputs, rows, columns]. */
type Shape = readonly [number, number, number, number];

export interface Scaling {
  /** Channels of a block. */
  readonly block: number;
  /** Name of factors of the picture's channels [inputs], which are whole blocks. */
  readonly gains?: string;
  /** Name of factors of the result's channels [outputs]. */
  readonly factors?: string;
}

/**
 * Weights as convolutions of the blocked layout read them, multiplied with factors of the channels. Without factors the runtime computes them when it
 * loads the model.
 */
export function blockedWeight(writer: GraphWriter, weight: string, shape: Shape, { block, gains, factors }: Scaling): string {
  const [outputs, inputs, ...kernel] = shape;
  const { parts, permutation } = orderOf(shape, block);
  const divided = writer.node("Reshape", [filled(writer, weight, shape, block), writer.ints(parts)]);
  let scaled = writer.node("Transpose", [divided], { perm: { ints: permutation } });
  const blocks = parts[0]!;
  if (gains !== undefined) scaled = writer.node("Mul", [scaled, alongRows(writer, gains, inputs / block, block)]);
  if (factors !== undefined) {
    const beside =
      inputs < block
        ? writer.node("Reshape", [factors, writer.ints([blocks, 1, 1, 1, block])])
        : acrossRows(writer, factors, blocks, block);
    scaled = writer.node("Mul", [scaled, beside]);
  }
  return writer.node("Reshape", [scaled, writer.ints([wholeBlocks(outputs, block), inputs, ...kernel])]);
}

/** Factors of the result's channels for each channel of the picture within a block: [blocks, 1, 1, 1, block, block]. */
const acrossRows = (writer: GraphWriter, factors: string, blocks: number, block: number): string =>
  repeated(writer, factors, [blocks, 1, 1, 1, block, block], (i) => Math.floor(i / block ** 2) * block + (i % block));

/** Factors of the picture's channels for each channel of the result within a block: [1, blocks, 1, 1, block, block]. */
const alongRows = (writer: GraphWriter, gains: string, blocks: number, block: number): string =>
  repeated(writer, gains, [1, blocks, 1, 1, block, block], (i) => Math.floor(i / block));

/** The runtime is slow where what is multiplied with one factor, or one row of them, is as short as a block: so factors are repeated. */
function repeated(writer: GraphWriter, factors: string, shape: readonly number[], placeOf: (i: number) => number): string {
  const places = Int32Array.from({ length: sizeOf(shape) }, (_, i) => placeOf(i));
  return writer.node("Gather", [factors, writer.constant({ shape, dtype: "int32", data: places })], { axis: { int: 0 } });
}

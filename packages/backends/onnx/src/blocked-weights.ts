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
 * within a block. A picture of fewer channels than a block has them before the taps.
 */
function orderOf([outputs, inputs, rows, columns]: readonly [number, number, number, number], block: number): Order {
  const blocks = Math.ceil(outputs / block);
  return inputs < block
    ? { parts: [blocks, block, inputs, rows, columns], permutation: [0, 2, 3, 4, 1] }
    : { parts: [blocks, block, inputs / block, block, rows, columns], permutation: [0, 2, 4, 5, 3, 1] };
}

/**
 * Weights as convolutions of the blocked layout read them, multiplied with factors of the result's channels. Without factors the runtime computes
 * them when it loads the model.
 * @param weight name of the weights [outputs, inputs, rows, columns].
 * @param factors name of the factors [outputs], if there are any.
 */
export function blockedWeight(
  writer: GraphWriter,
  weight: string,
  shape: readonly [number, number, number, number],
  block: number,
  factors?: string,
): string {
  const [outputs, ...rest] = shape;
  const { parts, permutation } = orderOf(shape, block);
  const divided = writer.node("Reshape", [filled(writer, weight, shape, block), writer.ints(parts)]);
  const turned = writer.node("Transpose", [divided], { perm: { ints: permutation } });
  const scaled = factors === undefined ? turned : writer.node("Mul", [turned, spread(writer, factors, parts, block)]);
  return writer.node("Reshape", [scaled, writer.ints([wholeBlocks(outputs, block), ...rest])]);
}

/**
 * Factors of the channels beside weights in the blocked layout. The runtime is slow where what is multiplied with one row of factors is as short as a
 * block: so they are repeated for the channels of the picture within a block.
 */
function spread(writer: GraphWriter, factors: string, [blocks, , ...others]: readonly number[], block: number): string {
  const shape = [blocks!, ...others.map(() => 1)];
  if (others.length === 3) return writer.node("Reshape", [factors, writer.ints([...shape, block])]);
  const places = Int32Array.from({ length: blocks! * block ** 2 }, (_, i) => Math.floor(i / block ** 2) * block + (i % block));
  const index = writer.constant({ shape: [...shape.slice(0, -1), block, block], dtype: "int32", data: places });
  return writer.node("Gather", [factors, index], { axis: { int: 0 } });
}

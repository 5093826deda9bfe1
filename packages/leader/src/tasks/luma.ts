import type { HostTensor } from "@leader/graph";

/** The weights of BT.601 luma, by which grey pictures are made of colours: red, green, blue. */
export const lumaWeights: readonly number[] = [0.299, 0.587, 0.114];

/**
 * BT.601 luma of a picture [N,C,H,W], or the grey of other weights: what a colouring is given, however its picture is stored. Pictures of
 * one channel stay as they are.
 */
export function lumaOf(picture: HostTensor, weights: readonly number[] = lumaWeights): HostTensor {
  const [n = 1, channels = 1, height = 0, width = 0] = picture.shape;
  if (channels !== 3) return picture;
  const size = height * width;
  const luma = new Float32Array(n * size);
  const [ofRed = 0, ofGreen = 0, ofBlue = 0] = weights;
  for (let i = 0; i < n; i++) {
    const [red, green, blue] = [0, 1, 2].map((c) => picture.data.subarray((3 * i + c) * size, (3 * i + c + 1) * size));
    for (let p = 0; p < size; p++) luma[i * size + p] = ofRed * red![p]! + ofGreen * green![p]! + ofBlue * blue![p]!;
  }
  return { shape: [n, 1, height, width], dtype: "float32", data: luma };
}

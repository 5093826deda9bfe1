import type { HostTensor } from "@leader/graph";

/** The weights of BT.601 luma, by which grey pictures are made of colours: red, green, blue. */
export const lumaWeights = [0.299, 0.587, 0.114] as const;

/** BT.601 luma of a picture [N,C,H,W]: what a colouring is given, however its picture is stored. Grey pictures stay as they are. */
export function lumaOf(picture: HostTensor): HostTensor {
  const [n = 1, channels = 1, height = 0, width = 0] = picture.shape;
  if (channels !== 3) return picture;
  const size = height * width;
  const luma = new Float32Array(n * size);
  const [ofRed, ofGreen, ofBlue] = lumaWeights;
  for (let i = 0; i < n; i++) {
    const [red, green, blue] = [0, 1, 2].map((c) => picture.data.subarray((3 * i + c) * size, (3 * i + c + 1) * size));
    for (let p = 0; p < size; p++) luma[i * size + p] = ofRed * red![p]! + ofGreen * green![p]! + ofBlue * blue![p]!;
  }
  return { shape: [n, 1, height, width], dtype: "float32", data: luma };
}

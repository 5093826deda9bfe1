import type { HostTensor } from "@leader/graph";
import { errors } from "../error-codes.js";

/** The square of `size` pixels in the middle of a picture [1,C,H,W]. Errors: BENCH_PICTURE_SMALL. */
export function centreCrop(picture: HostTensor, size: number, path: string): HostTensor {
  const [, channels = 0, height = 0, width = 0] = picture.shape;
  if (height < size || width < size) throw errors.BENCH_PICTURE_SMALL({ path, size, height, width });
  const [top, left] = [Math.floor((height - size) / 2), Math.floor((width - size) / 2)];
  const data = new Float32Array(channels * size * size);
  for (let c = 0; c < channels; c++) {
    for (let y = 0; y < size; y++) {
      const from = (c * height + top + y) * width + left;
      data.set(picture.data.subarray(from, from + size), (c * size + y) * size);
    }
  }
  return { shape: [1, channels, size, size], dtype: "float32", data };
}

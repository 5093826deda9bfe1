import { float32Array, type HostTensor } from "@leader/graph";
import type { PictureHandling } from "./picture-handling.js";
import type { Picture } from "../picture/picture.js";

/**
 * A picture whose transparency is restored as its colours are: as a grey picture of its own, by the same pipeline. Transparency that is the
 * same everywhere stays as it is, and so does that of a picture whose colours or transparent holes are what its pipeline makes.
 * @param restore restores a grey picture [1,1,h,w] in [-1,1] to [1,C,H,W]
 */
export async function withRestoredAlpha(
  picture: Picture,
  { colours, filled }: PictureHandling,
  restore: (grey: HostTensor) => Promise<HostTensor>,
): Promise<Picture> {
  const { alpha } = picture;
  if (alpha === undefined || colours || filled || alpha.data.every((value) => value === alpha.data[0])) return picture;
  const { shape, data } = await restore({ ...alpha, data: float32Array(alpha.data.length, (i) => 2 * alpha.data[i]! - 1) });
  const [, channels = 1, height = 1, width = 1] = shape;
  const plane = height * width;
  const restored = float32Array(plane, (i) => {
    let sum = 0;
    for (let c = 0; c < channels; c++) sum += data[c * plane + i]!;
    return Math.min(1, Math.max(0, (sum / channels + 1) / 2));
  });
  return { ...picture, alpha: { shape: [1, 1, height, width], dtype: "float32", data: restored } };
}

import { readdirSync } from "node:fs";
import { join } from "node:path";
import type { HostTensor } from "@leader/graph";
import { readPicture } from "leader-restore";

/** The middle of a picture [1,C,H,W]. @param size side of the square, at most the smaller side of the picture. */
export function centreCrop({ shape, data }: HostTensor, size: number): HostTensor {
  const [, channels = 0, height = 0, width = 0] = shape;
  const [top, left] = [(height - size) >> 1, (width - size) >> 1];
  const crop = new Float32Array(channels * size * size);
  for (let c = 0; c < channels; c++) {
    for (let row = 0; row < size; row++) {
      const from = (c * height + top + row) * width + left;
      crop.set(data.subarray(from, from + size), (c * size + row) * size);
    }
  }
  return { shape: [1, channels, size, size], dtype: "float32", data: crop };
}

/** The first pictures of a folder, by name. */
export async function pictures(folder: string, count: number): Promise<readonly HostTensor[]> {
  const names = readdirSync(folder)
    .filter((name) => /\.(?:png|jpe?g|webp|tiff?)$/iu.test(name))
    .sort()
    .slice(0, count);
  if (names.length === 0) throw new Error(`no pictures in ${folder}`);
  return await Promise.all(names.map(async (name) => (await readPicture(join(folder, name))).tensor));
}

/** Centre crops of the first pictures of a folder, by name. */
export const centreCrops = async (folder: string, count: number, size: number): Promise<readonly HostTensor[]> =>
  (await pictures(folder, count)).map((picture) => centreCrop(picture, size));

import type { HostTensor } from "@leader/graph";

/** Pictures of equal height in a row, separated by white. All are [1,1 or 3,H,W]; the result is [1,3,H,W']. */
export function sideBySide(pictures: readonly HostTensor[], gap = 8): HostTensor {
  const height = pictures[0]!.shape[2]!;
  const width = pictures.reduce((sum, picture) => sum + picture.shape[3]!, gap * (pictures.length - 1));
  const data = new Float32Array(3 * height * width).fill(1);
  let left = 0;
  for (const picture of pictures) {
    const [, channels = 1, , own = 0] = picture.shape;
    for (let c = 0; c < 3; c++) {
      const plane = (channels === 3 ? c : 0) * height * own;
      for (let row = 0; row < height; row++) {
        data.set(picture.data.subarray(plane + row * own, plane + (row + 1) * own), (c * height + row) * width + left);
      }
    }
    left += own + gap;
  }
  return { shape: [1, 3, height, width], dtype: "float32", data };
}

/** A measurement shown at the size of the picture: pixels repeated, or a grey field where it is no picture. */
export function stretch(y: HostTensor, height: number, width: number): HostTensor {
  const [, channels = 1, h = 0, w = 0] = y.shape;
  if (y.shape.length !== 4) return { shape: [1, 1, height, width], dtype: "float32", data: new Float32Array(height * width) };
  const data = new Float32Array(channels * height * width);
  for (let c = 0; c < channels; c++) {
    for (let row = 0; row < height; row++) {
      const from = (c * h + Math.floor((row * h) / height)) * w;
      for (let column = 0; column < width; column++)
        data[(c * height + row) * width + column] = y.data[from + Math.floor((column * w) / width)]!;
    }
  }
  return { shape: [1, channels, height, width], dtype: "float32", data };
}

/** A colour picture reduced so that its longer side is at most `longest`, cropped to multiples of 8 for the tasks of the demo. */
export async function fitForDemo(picture: HostTensor, longest: number): Promise<HostTensor> {
  const { default: sharp } = await import("sharp");
  const [, channels = 1, height = 0, width = 0] = picture.shape;
  const scale = Math.min(1, longest / Math.max(height, width));
  const multiple = (n: number): number => Math.max(8, Math.floor((n * scale) / 8) * 8);
  const target = { height: multiple(height), width: multiple(width) };
  const plane = height * width;
  const samples = new Uint8Array(3 * plane);
  for (let i = 0; i < plane; i++) {
    for (let c = 0; c < 3; c++) samples[3 * i + c] = Math.round(((picture.data[(channels === 3 ? c : 0) * plane + i]! + 1) / 2) * 255);
  }
  const resized = await sharp(samples, { raw: { width, height, channels: 3 } })
    .resize(target.width, target.height, { fit: "cover", kernel: "lanczos3" })
    .raw()
    .toBuffer();
  const size = target.height * target.width;
  const data = new Float32Array(3 * size);
  for (let c = 0; c < 3; c++) for (let i = 0; i < size; i++) data[c * size + i] = (2 * resized[3 * i + c]!) / 255 - 1;
  return { shape: [1, 3, target.height, target.width], dtype: "float32", data };
}

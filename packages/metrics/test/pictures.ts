import type { HostTensor } from "@leader/graph";

/** 8-bit values [height, width, channel] as an image in [-1,1]. */
export function imageOf(values: readonly number[], height: number, width: number, channels: number): HostTensor {
  const plane = height * width;
  const data = Float32Array.from(
    { length: channels * plane },
    (_, i) => (2 * values[(i % plane) * channels + Math.floor(i / plane)]!) / 255 - 1,
  );
  return { shape: [1, channels, height, width], dtype: "float32", data };
}

/** The pictures of tools/goldens/make_metric_goldens.py: a chirp, and the same with noise. */
export function formulaPair(
  height: number,
  width: number,
  strength: number,
  seed: number,
): { readonly image: HostTensor; readonly reference: HostTensor } {
  const [image, reference]: [number[], number[]] = [[], []];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let c = 0; c < 3; c++) {
        const clean = Math.floor((Math.floor((x * x * (seed + 1)) / 3) + Math.floor((y * y) / 2) + x * y + 31 * c + 17 * seed) / 4) % 256;
        const noise = ((x * 37 + y * 101 + c * 17 + x * y * 13 + seed * 7) % 61) - 30;
        reference.push(clean);
        image.push(Math.min(255, Math.max(0, clean + Math.floor((noise * strength) / 30))));
      }
    }
  }
  return { image: imageOf(image, height, width, 3), reference: imageOf(reference, height, width, 3) };
}

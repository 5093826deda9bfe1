import { float32Array, type HostTensor } from "@leader/graph";

/**
 * Opacity up to which a pixel counts as hidden. Programs that keep colours multiplied with opacity can write only a few different ones where
 * it is 1 to 5 of 255, and nobody sees which.
 */
const faintest = 0.02;

/** True for the opacity of a pixel whose colour is not seen. */
export const isHidden = (opacity: number): boolean => opacity <= faintest;

/**
 * Extends the visible colours of a picture under its hidden pixels. What is stored there is not seen (often black), yet a blur or a larger
 * grid would mix it into the visible edge. All other pixels keep their samples.
 *
 * Push and pull: each level of a pyramid holds the mean of the known pixels of 2 x 2; unknown pixels take the value of the level above.
 * Source: Gortler et al. 1996, The Lumigraph, section 3.4.
 * @param tensor [1,C,H,W]
 * @param alpha [1,1,H,W] in [0,1]
 */
export function extendUnderAlpha(tensor: HostTensor, alpha: HostTensor): HostTensor {
  const [, channels = 1, height = 0, width = 0] = tensor.shape;
  const known = new Uint8Array(alpha.data.length);
  for (let i = 0; i < known.length; i++) known[i] = isHidden(alpha.data[i]!) ? 0 : 1;
  if (!known.includes(0) || !known.includes(1)) return tensor;
  const size = height * width;
  const data = Float32Array.from(tensor.data);
  for (let c = 0; c < channels; c++) fill(data.subarray(c * size, (c + 1) * size), known, height, width);
  return { ...tensor, data };
}

function fill(plane: Float32Array, known: Uint8Array, height: number, width: number): void {
  if (!known.includes(0)) return;
  const [h, w] = [Math.ceil(height / 2), Math.ceil(width / 2)];
  const sums = new Float64Array(h * w);
  const counts = new Uint8Array(h * w);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = (y >> 1) * w + (x >> 1);
      if (known[y * width + x] === 0) continue;
      sums[at]! += plane[y * width + x]!;
      counts[at]!++;
    }
  }
  const above = float32Array(sums.length, (i) => (counts[i] === 0 ? 0 : sums[i]! / counts[i]!));
  fill(
    above,
    counts.map((count) => Math.min(count, 1)),
    h,
    w,
  );
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (known[y * width + x] === 0) plane[y * width + x] = above[(y >> 1) * w + (x >> 1)]!;
    }
  }
}

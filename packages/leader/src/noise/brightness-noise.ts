import type { HostTensor } from "@leader/graph";

/** Of red, green and blue in the brightness that JPEG keeps at full size. Source: ITU-R BT.601. */
const weights = [0.299, 0.587, 0.114] as const;
/** What is left in the brightness of noise that is independent in the three colours. */
const shareOfNoise = Math.hypot(...weights);
/** The share of the patches that is looked at, the flattest ones. */
const flattest = 0.1;
/** The share of the patches whose colours are farthest from black and white, where clipping cuts noise off, and of these the flattest. */
const farthest = 0.4;
const flattestFar = 0.25;
/** No texture has as much as this, 20 of 255, for values in [-1,1]. */
export const mostTexture = (20 / 255) * 2;
/** The median of |z| for z standard normal. */
const medianDeviation = 0.6745;

interface Patch {
  /** Of the mean of each colour from the nearer limit of [-1,1], for the colour that has least. */
  readonly distance: number;
  /** Variance of the means of its blocks of 2x2. */
  readonly unevenness: number;
  /** |a - b - c + d| / 2 of each block. */
  readonly diagonals: readonly number[];
}

/**
 * The standard deviation of white noise in a colour picture, from its brightness alone: of the finest diagonal detail where the picture is
 * flattest, by its median. Flat is what has even means of 2x2 pixels, of which white noise in the diagonals is independent, so that the choice
 * does not favour patches of little noise. Texture that fills the picture is taken for noise, a few levels of 255 of it. Where there is more
 * than texture could be, patches far from black and white decide: the flattest of a noisy picture are those where clipping took the noise.
 * Source: Donoho, Johnstone 1994, Ideal Spatial Adaptation by Wavelet Shrinkage, for the median.
 * @param picture [1,3,H,W]
 * @param places the first pixel of each patch
 * @param side of a patch in pixels, even
 * @returns in the units of the picture
 */
export function brightnessNoise(picture: HostTensor, places: Int32Array, side: number): number {
  const patches = Array.from(places, (place) => patchAt(picture, place, side)).sort((a, b) => b.distance - a.distance);
  const far = noiseOfFlattest(patches.slice(0, Math.ceil(farthest * patches.length)), flattestFar);
  return far > mostTexture ? far : noiseOfFlattest(patches, flattest);
}

function noiseOfFlattest(patches: readonly Patch[], share: number): number {
  const chosen = patches.toSorted((a, b) => a.unevenness - b.unevenness).slice(0, Math.ceil(share * patches.length));
  const diagonals = Float64Array.from(chosen.flatMap((patch) => patch.diagonals)).sort();
  return diagonals[Math.floor(diagonals.length / 2)]! / medianDeviation / shareOfNoise;
}

function patchAt(picture: HostTensor, place: number, side: number): Patch {
  const { shape, data } = picture;
  const [, , height = 0, width = 0] = shape;
  const [red, green, blue] = weights;
  const plane = height * width;
  const brightness = (at: number): number => red * data[at]! + green * data[at + plane]! + blue * data[at + 2 * plane]!;
  const diagonals: number[] = [];
  let [sum, squares] = [0, 0];
  for (let y = 0; y < side; y += 2) {
    for (let x = 0; x < side; x += 2) {
      const at = place + y * width + x;
      const [a, b, c, d] = [brightness(at), brightness(at + 1), brightness(at + width), brightness(at + width + 1)];
      const mean = (a + b + c + d) / 4;
      sum += mean;
      squares += mean * mean;
      diagonals.push(Math.abs(a - b - c + d) / 2);
    }
  }
  const count = diagonals.length;
  return { distance: distanceFromLimits(picture, place, side), unevenness: squares / count - (sum / count) ** 2, diagonals };
}

function distanceFromLimits({ shape, data }: HostTensor, place: number, side: number): number {
  const [, channels = 0, height = 0, width = 0] = shape;
  let least = 1;
  for (let c = 0; c < channels; c++) {
    let sum = 0;
    for (let y = 0; y < side; y++) for (let x = 0; x < side; x++) sum += data[place + (c * height + y) * width + x]!;
    least = Math.min(least, 1 - Math.abs(sum / side ** 2));
  }
  return least;
}

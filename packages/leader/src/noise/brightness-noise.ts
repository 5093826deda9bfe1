import { float32Array, type HostTensor } from "@leader/graph";

/** Of red, green and blue in the brightness that JPEG keeps at full size. Source: ITU-R BT.601. */
const weights = [0.299, 0.587, 0.114] as const;
/** What is left in the brightness of noise that is independent in the three colours. */
const shareOfNoise = Math.hypot(...weights);
/** Side of a patch in pixels, and pixels from one to the next. */
const [side, stride] = [8, 4];
/** The share of the patches that is looked at, the flattest ones; and how many there must be. */
const [flattest, fewest] = [0.1, 64];
/** The median of |z| for z standard normal. */
const medianDeviation = 0.6745;

interface Patch {
  /** Variance of the means of its blocks of 2x2. */
  readonly unevenness: number;
  /** |a - b - c + d| / 2 of each block. */
  readonly diagonals: readonly number[];
}

/**
 * The standard deviation of white noise in a colour picture, from its brightness alone: of the finest diagonal detail where the picture is
 * flattest, by its median. Flat is what has even means of 2x2 pixels, of which white noise in the diagonals is independent, so that the choice
 * does not favour patches of little noise. Texture that fills the picture is taken for noise, a few levels of 255 of it.
 * Source: Donoho, Johnstone 1994, Ideal Spatial Adaptation by Wavelet Shrinkage, for the median.
 * @param picture [1,3,H,W]
 * @param usable 1 where a pixel may be looked at, by pixel
 * @returns in the units of the picture; undefined where too little is flat and usable
 */
export function brightnessNoise(picture: HostTensor, usable: (pixel: number) => boolean): number | undefined {
  const [, , height = 0, width = 0] = picture.shape;
  const brightness = brightnessOf(picture);
  const patches: Patch[] = [];
  for (let y = 0; y + side <= height; y += stride) {
    for (let x = 0; x + side <= width; x += stride) {
      const patch = patchAt(brightness, y * width + x, width, usable);
      if (patch !== undefined) patches.push(patch);
    }
  }
  if (patches.length < fewest) return undefined;
  patches.sort((a, b) => a.unevenness - b.unevenness);
  const chosen = patches.slice(0, Math.max(fewest / 4, Math.floor(flattest * patches.length)));
  const diagonals = Float64Array.from(chosen.flatMap((patch) => patch.diagonals)).sort();
  return diagonals[Math.floor(diagonals.length / 2)]! / medianDeviation / shareOfNoise;
}

function brightnessOf({ data }: HostTensor): Float32Array {
  const plane = data.length / 3;
  const [red, green, blue] = weights;
  return float32Array(plane, (i) => red * data[i]! + green * data[plane + i]! + blue * data[2 * plane + i]!);
}

function patchAt(brightness: Float32Array, first: number, width: number, usable: (pixel: number) => boolean): Patch | undefined {
  const diagonals: number[] = [];
  let [sum, squares] = [0, 0];
  for (let y = 0; y < side; y += 2) {
    for (let x = 0; x < side; x += 2) {
      const at = first + y * width + x;
      const block = [at, at + 1, at + width, at + width + 1];
      if (!block.every(usable)) return undefined;
      const [a = 0, b = 0, c = 0, d = 0] = block.map((pixel) => brightness[pixel]!);
      const mean = (a + b + c + d) / 4;
      sum += mean;
      squares += mean * mean;
      diagonals.push(Math.abs(a - b - c + d) / 2);
    }
  }
  const count = diagonals.length;
  return { unevenness: squares / count - (sum / count) ** 2, diagonals };
}

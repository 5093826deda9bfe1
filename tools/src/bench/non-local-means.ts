import type { HostTensor } from "@leader/graph";

/** What a pixel is averaged over. */
export interface NonLocalMeansOptions {
  /** Standard deviation of the noise, in the units of the picture. */
  readonly sigma: number;
  /** How fast weights fall with the distance of patches, as a share of `sigma`. */
  readonly strength: number;
  /** Patches reach so many pixels to each side. */
  readonly patch: number;
  /** Pixels are looked for so many pixels to each side. */
  readonly search: number;
}

/**
 * Denoising by non-local means: every pixel becomes the mean of those around it whose patches look like its own,
 *
 *   x'(p) = sum_q w(p,q) y(q) / sum_q w(p,q),   w = exp(-max(d^2(p,q) - 2 sigma^2, 0) / h^2),   h = strength sigma,
 *
 * d^2 the mean squared difference of two patches over all channels. Distances of one displacement are summed by running sums, so that the
 * size of a patch costs nothing.
 * Source: Buades, Coll, Morel 2005, A non-local algorithm for image denoising, CVPR; with the distance of their IPOL article of 2011.
 * @param noisy [1,C,H,W]; mirrored beyond its border
 */
export function nonLocalMeans(noisy: HostTensor, { sigma, strength, patch, search }: NonLocalMeansOptions): HostTensor {
  const margin = patch + search;
  const padded = mirrored(noisy, margin);
  const [, channels = 1, height = 0, width = 0] = noisy.shape;
  const sums = new Float64Array(noisy.data.length);
  const weights = new Float64Array(height * width);
  for (let down = -search; down <= search; down++) {
    for (let across = -search; across <= search; across++) {
      const distances = patchDistances(padded, { height, width, patch, margin, down, across });
      for (let i = 0; i < weights.length; i++) {
        const weight = Math.exp(-Math.max(distances[i]! - 2 * sigma ** 2, 0) / (strength * sigma) ** 2);
        const at = (Math.floor(i / width) + margin + down) * padded.width + (i % width) + margin + across;
        weights[i]! += weight;
        for (let c = 0; c < channels; c++) sums[c * height * width + i]! += weight * padded.planes[c]![at]!;
      }
    }
  }
  return { ...noisy, data: Float32Array.from(sums, (sum, i) => sum / weights[i % weights.length]!) };
}

interface Padded {
  readonly planes: readonly Float64Array[];
  readonly width: number;
}

function mirrored({ shape, data }: HostTensor, margin: number): Padded {
  const [, channels = 1, height = 0, width = 0] = shape;
  const wide = width + 2 * margin;
  const fold = (i: number, length: number): number => {
    const j = Math.abs(i) % (2 * length - 2);
    return j < length ? j : 2 * length - 2 - j;
  };
  const planes = Array.from({ length: channels }, (_, c) =>
    Float64Array.from({ length: wide * (height + 2 * margin) }, (__, i) => {
      const [row, column] = [fold(Math.floor(i / wide) - margin, height), fold((i % wide) - margin, width)];
      return data[(c * height + row) * width + column]!;
    }),
  );
  return { planes, width: wide };
}

/** Mean squared differences of the patches around every pixel and around the one that lies `down` and `across` of it. */
function patchDistances(
  { planes, width: wide }: Padded,
  place: Readonly<Record<"height" | "width" | "patch" | "margin" | "down" | "across", number>>,
): Float64Array {
  const { height, width, patch, margin, down, across } = place;
  const [rows, columns] = [height + 2 * patch, width + 2 * patch];
  // Sums over all rows and columns before a place.
  const before = new Float64Array((rows + 1) * (columns + 1));
  for (let row = 0; row < rows; row++) {
    let ofRow = 0;
    for (let column = 0; column < columns; column++) {
      const at = (row + margin - patch) * wide + column + margin - patch;
      for (const plane of planes) ofRow += (plane[at]! - plane[at + down * wide + across]!) ** 2;
      before[(row + 1) * (columns + 1) + column + 1] = before[row * (columns + 1) + column + 1]! + ofRow;
    }
  }
  const side = 2 * patch + 1;
  const count = planes.length * side * side;
  const distances = new Float64Array(height * width);
  for (let i = 0; i < distances.length; i++) {
    const top = Math.floor(i / width) * (columns + 1) + (i % width);
    const bottom = top + side * (columns + 1);
    distances[i] = (before[bottom + side]! - before[bottom]! - before[top + side]! + before[top]!) / count;
  }
  return distances;
}

import { float32Array, type Aval, type HostTensor, type SmallRestoration } from "@leader/core";
import { imageSize, imageType } from "../common/image.js";

/** Where colours are looked for, and how many draws are averaged. */
export interface SmallColoursOptions {
  /** Side in pixels of a square of as many pixels as the smaller picture has. */
  readonly side: number;
  readonly draws: number;
}

/** Deviations of the weights by which a pixel takes its colour from those around it: pixels of the smaller picture, and grey in [-1,1]. */
const [spatial, tonal] = [0.7, 0.15];
/** Weight of a pixel around whose grey is another altogether: where all are, the nearest count. */
const least = 1e-6;
const fewest = 8;

interface Plane {
  readonly data: ArrayLike<number>;
  readonly height: number;
  readonly width: number;
}

/**
 * Colours of a smaller picture for a larger one: small priors know colours of scenes from little more than thumbnails, and what they draw for
 * pixels far apart has nothing in common. The mean of several draws is what they agree in. Each pixel takes the mean colour of the smaller
 * pixels around it, by distance and by likeness of their grey (joint bilateral upsampling: Kopf, Cohen, Lischinski, Uyttendaele 2007), and
 * keeps its own grey exactly.
 */
export function smallColours(name: string, weights: readonly number[], { side, draws }: SmallColoursOptions): SmallRestoration {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return {
    draws,
    imageFor(image) {
      const size = imageSize(name, image);
      const scale = Math.min(1, side / Math.sqrt(size.height * size.width));
      const reduced = (length: number): number => Math.min(length, Math.max(fewest, Math.round(length * scale)));
      return imageType({ ...size, height: reduced(size.height), width: reduced(size.width) });
    },
    reduce(y, small) {
      const plane = areaMeans(planeOf(name, y), imageSize(name, small));
      return { shape: [1, 1, plane.height, plane.width], dtype: "float32", data: plane.data };
    },
    enlarge(mean, y) {
      const { channels, height, width } = imageSize(name, mean);
      const [grey, pixels] = [planeOf(name, y), height * width];
      const smallGrey = areaMeans(grey, { height, width });
      const colours = float32Array(channels * pixels, (i) => mean.data[i]! - smallGrey.data[i % pixels]! / total);
      const data = coloured(grey, smallGrey, colours, total);
      return { shape: [1, channels, grey.height, grey.width], dtype: "float32", data };
    },
  };
}

function planeOf(name: string, y: HostTensor): Plane {
  const aval: Aval = { shape: y.shape, dtype: y.dtype };
  const { height, width } = imageSize(name, aval);
  return { data: y.data, height, width };
}

/** Each pixel is the mean of the area that it covers. */
function areaMeans(
  { data, height, width }: Plane,
  to: { readonly height: number; readonly width: number },
): Plane & { readonly data: Float32Array } {
  const rows = shares(height, to.height);
  const columns = shares(width, to.width);
  const narrow = new Float32Array(height * to.width);
  for (let row = 0; row < height; row++)
    for (const { at, from, share } of columns) narrow[row * to.width + at]! += share * data[row * width + from]!;
  const means = new Float32Array(to.height * to.width);
  for (const { at, from, share } of rows)
    for (let column = 0; column < to.width; column++) means[at * to.width + column]! += share * narrow[from * to.width + column]!;
  return { data: means, height: to.height, width: to.width };
}

/** Which share of a reduced pixel each pixel of an axis is. */
function shares(length: number, reduced: number): readonly { readonly at: number; readonly from: number; readonly share: number }[] {
  const step = length / reduced;
  return Array.from({ length: reduced }, (_, at) => {
    const [start, end] = [at * step, Math.min(length, (at + 1) * step)];
    const first = Math.floor(start);
    const covered = Array.from({ length: Math.ceil(end - 1e-9) - first }, (_unused, i) => first + i);
    return covered.map((from) => ({ at, from, share: (Math.min(end, from + 1) - Math.max(start, from)) / step }));
  }).flat();
}

/** The four places of an axis around each pixel, with their weights by distance. */
function around(length: number, reduced: number): { readonly places: Int32Array; readonly weights: Float64Array } {
  const [places, weights] = [new Int32Array(4 * length), new Float64Array(4 * length)];
  for (let i = 0; i < length; i++) {
    const centre = ((i + 0.5) * reduced) / length - 0.5;
    for (let k = 0; k < 4; k++) {
      const place = Math.floor(centre) - 1 + k;
      places[4 * i + k] = Math.min(reduced - 1, Math.max(0, place));
      weights[4 * i + k] = Math.exp(-((centre - place) ** 2) / (2 * spatial ** 2));
    }
  }
  return { places, weights };
}

function coloured(grey: Plane, small: Plane, colours: Float32Array, total: number): Float32Array {
  const channels = colours.length / small.data.length;
  const [down, across] = [around(grey.height, small.height), around(grey.width, small.width)];
  const pixels = grey.data.length;
  const data = new Float32Array(channels * pixels);
  const sums = new Float64Array(channels);
  for (let pixel = 0; pixel < pixels; pixel++) {
    const [row, column] = [Math.floor(pixel / grey.width), pixel % grey.width];
    const own = grey.data[pixel]!;
    let all = 0;
    sums.fill(0);
    for (let k = 0; k < 16; k++) {
      const [i, j] = [4 * row + (k >> 2), 4 * column + (k & 3)];
      const at = down.places[i]! * small.width + across.places[j]!;
      const weight = down.weights[i]! * across.weights[j]! * (Math.exp(-((small.data[at]! - own) ** 2) / (2 * tonal ** 2)) + least);
      all += weight;
      for (let c = 0; c < channels; c++) sums[c]! += weight * colours[c * small.data.length + at]!;
    }
    for (let c = 0; c < channels; c++) data[c * pixels + pixel] = own / total + sums[c]! / all;
  }
  return data;
}

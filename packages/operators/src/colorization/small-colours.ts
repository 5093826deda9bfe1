import { constantOf, type EnlargedRows, type HostTensor, type SmallRestoration, type Tensor } from "@leader/core";
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
/** Pixels of an axis that count, around each place. */
const taps = [-1, 0, 1, 2] as const;

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
    reduce: (y, small) => areaMeans(y, imageSize(name, y), imageSize(name, small)),
    enlarge: (rows) => coloured(rows, total),
  };
}

/** Each pixel is the mean of the area that it covers. */
function areaMeans(y: Tensor, from: Side, to: Side): Tensor {
  const [rows, columns] = [shares(from.height, to.height), shares(from.width, to.width)];
  return constantOf(y.trace, rows)
    .matmul(y)
    .matmul(constantOf(y.trace, columns).transpose([1, 0]));
}

interface Side {
  readonly height: number;
  readonly width: number;
}

/** [reduced, length]: which share of a reduced pixel each pixel of an axis is. */
function shares(length: number, reduced: number): HostTensor {
  const step = length / reduced;
  const data = new Float32Array(reduced * length);
  for (let at = 0; at < reduced; at++) {
    const [start, end] = [at * step, Math.min(length, (at + 1) * step)];
    for (let from = Math.floor(start); from < Math.ceil(end - 1e-9); from++)
      data[at * length + from] = (Math.min(end, from + 1) - Math.max(start, from)) / step;
  }
  return { shape: [reduced, length], dtype: "float32", data };
}

/** The places of an axis around each of its pixels, with their weights by distance. */
interface Around {
  /** [n], int32 */
  readonly places: Tensor;
  /** [n] */
  readonly weights: Tensor;
}

/** @param middles [n] where pixels lie in an axis of `reduced` pixels */
function around(middles: Tensor, reduced: number): readonly Around[] {
  const below = middles.floor();
  return taps.map((tap) => {
    const place = below.add(tap);
    const weights = middles
      .sub(place)
      .square()
      .mul(-1 / (2 * spatial ** 2))
      .exp();
    return { places: place.clip(0, reduced - 1).cast("int32"), weights };
  });
}

function coloured({ mean, reduced, y, places }: EnlargedRows, total: number): Tensor {
  const [, , height = 0, width = 0] = mean.shape;
  const [, , rows = 0, columns = 0] = y.shape;
  const middles = Float32Array.from({ length: columns }, (_, i) => ((i + 0.5) * width) / columns - 0.5);
  const planes = reduced.concat([mean.sub(reduced.div(total))], 1);
  const across = around(constantOf(y.trace, { shape: [columns], dtype: "float32", data: middles }), width).map(
    ({ places: at, weights }) => ({
      planes: planes.gather(at, 3),
      weights,
    }),
  );
  let sum: Tensor | undefined;
  let all: Tensor | undefined;
  for (const down of around(places, height)) {
    for (const { planes: wide, weights } of across) {
      const near = wide.gather(down.places, 2);
      const likeness = near
        .sliceAxis(1, 0, 1)
        .sub(y)
        .square()
        .mul(-1 / (2 * tonal ** 2))
        .exp()
        .add(least);
      const weight = likeness.mul(down.weights.reshape([rows, 1])).mul(weights);
      const colours = near.sliceAxis(1, 1, near.shape[1]!).mul(weight);
      [sum, all] = [sum?.add(colours) ?? colours, all?.add(weight) ?? weight];
    }
  }
  return y.div(total).add(sum!.div(all!));
}

import { denseMatrix, separableOperator, type DenseMatrix, type Tensor } from "@leader/core";

/** Gaussian smoothing of maps of one channel, [N,1,H,W], in two halves, so that what works per value can do so on the coarse map. */
export interface Smoothing {
  /** Gaussian means around the knots of a coarse grid, [N,1,h,w]. */
  readonly coarsen: (map: Tensor) => Tensor;
  /**
   * The power around the knots, [N,1,h,w], of what [N,C,H,W] has that neighbours share: squared when a quarter of the window (in variance)
   * has been averaged over, then averaged over channels and the rest. Of noise that differs from pixel to pixel the quarter leaves
   * 1 / (pi sigma^2) in power, 8 % for a window of 2 pixels.
   */
  readonly sharedPower: (x: Tensor) => Tensor;
  /** A coarse map, interpolated between its knots: every value is a weighted mean of knots. */
  readonly refine: (coarse: Tensor) => Tensor;
}

/** Most distance of the knots as a share of the window: a Gaussian varies too little between them for more to matter. */
const knotDistance = 4 / 3;

/**
 * A separable Gaussian window of standard deviation `sigma` in pixels; 0 leaves maps as they are. The window is evaluated on a grid of
 * knots and interpolated linearly; interpolation over a distance d adds d^2 / 6 to the variance of the window, which is
 * taken off first. Borders repeat the outermost value, so a constant map stays constant.
 */
export function smoothing(height: number, width: number, sigma: number): Smoothing {
  const overChannels = (x: Tensor): Tensor => x.mean([1], { keepDims: true });
  if (sigma === 0) return { coarsen: (map) => map, sharedPower: (x) => overChannels(x.square()), refine: (coarse) => coarse };
  const [rows, columns] = [knotsOf(height, sigma), knotsOf(width, sigma)];
  /** Applies the same matrix of both axes, whose entries lie beside the diagonal. */
  const both = (name: keyof Knots): ((x: Tensor) => Tensor) => {
    const [vertical, horizontal] = [matrix(rows[name]()), matrix(columns[name]())];
    return (x) => separableOperator({ name: "window", domain: x, vertical, horizontal }).apply(x);
  };
  return {
    coarsen: both("means"),
    sharedPower: (x) => both("rest")(overChannels(both("quarter")(x).square())),
    refine: both("interpolation"),
  };
}

type Matrix = readonly Float64Array[];

/** Matrices of one axis, made when they are asked for: not every map needs all. All rows sum to 1. */
interface Knots {
  /** The Gaussian means at the knots. */
  readonly means: () => Matrix;
  /** The same in two: a quarter of the window in variance, from pixels to knots, and the rest among knots. */
  readonly quarter: () => Matrix;
  readonly rest: () => Matrix;
  /** The way back to pixels, linear between knots. */
  readonly interpolation: () => Matrix;
}

function knotsOf(length: number, sigma: number): Knots {
  const count = Math.max(1, Math.round(length / Math.max(1, Math.floor(knotDistance * sigma))));
  const distance = length / count;
  const knots = Array.from({ length: count }, (_, k) => (k + 0.5) * distance - 0.5);
  const byInterpolation = count === length ? 0 : Math.min(distance * distance, sigma * sigma) / 6;
  const variance = sigma * sigma - byInterpolation;
  const first = (sigma * sigma) / 4;
  return {
    means: () => knots.map((knot) => gaussianRow(length, knot, Math.sqrt(variance))),
    quarter: () => knots.map((knot) => gaussianRow(length, knot, Math.sqrt(first))),
    rest: () => knots.map((_, k) => gaussianRow(count, k, Math.sqrt(variance - first) / distance)),
    interpolation: () => Array.from({ length }, (_, i) => interpolationRow(count, (i + 0.5) / distance - 0.5)),
  };
}

/** Weights of a Gaussian around `centre`, cut at three standard deviations; those beyond a border go to its pixel. */
function gaussianRow(length: number, centre: number, sigma: number): Float64Array {
  const row = new Float64Array(length);
  const radius = Math.max(1, 3 * sigma);
  for (let i = Math.ceil(centre - radius); i <= centre + radius; i++) {
    row[Math.min(Math.max(i, 0), length - 1)]! += Math.exp(-((i - centre) ** 2) / (2 * sigma * sigma));
  }
  const sum = row.reduce((a, b) => a + b, 0);
  return row.map((weight) => weight / sum);
}

/** Weights of the two knots around a position; outside, the outermost knot alone. */
function interpolationRow(count: number, position: number): Float64Array {
  const row = new Float64Array(count);
  const inside = Math.min(Math.max(position, 0), count - 1);
  const before = Math.floor(inside);
  row[before]! += 1 - (inside - before);
  if (before + 1 < count) row[before + 1]! += inside - before;
  return row;
}

const matrix = (rows: Matrix): DenseMatrix => denseMatrix(rows.length, rows[0]!.length, (r, c) => rows[r]![c]!);

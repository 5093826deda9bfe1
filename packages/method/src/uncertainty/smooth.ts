import type { HostTensor, Tensor } from "@leader/core";

/** Gaussian smoothing of maps of one channel, [N,1,H,W], in two halves, so that what works per value can do so on the coarse map. */
export interface Smoothing {
  /** Gaussian means around the knots of a coarse grid, [N,1,h,w]. */
  readonly coarsen: (map: Tensor) => Tensor;
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
  if (sigma === 0) return { coarsen: (map) => map, refine: (coarse) => coarse };
  const [rows, columns] = [knotsOf(height, sigma), knotsOf(width, sigma)];
  const [down, up] = [matrix(rows.means), matrix(rows.interpolation)];
  const [across, back] = [matrix(transposed(columns.means)), matrix(transposed(columns.interpolation))];
  const between = (left: HostTensor, x: Tensor, right: HostTensor): Tensor =>
    x.trace.constant(left).matmul(x).matmul(x.trace.constant(right));
  return { coarsen: (map) => between(down, map, across), refine: (coarse) => between(up, coarse, back) };
}

type Matrix = readonly Float64Array[];

/** One axis: the Gaussian means at the knots, and the way back by linear interpolation. Rows of both sum to 1. */
function knotsOf(length: number, sigma: number): { readonly means: Matrix; readonly interpolation: Matrix } {
  const count = Math.max(1, Math.round(length / Math.max(1, Math.floor(knotDistance * sigma))));
  const distance = length / count;
  const knots = Array.from({ length: count }, (_, k) => (k + 0.5) * distance - 0.5);
  const variance = sigma * sigma - (count === length ? 0 : Math.min(distance * distance, sigma * sigma) / 6);
  return {
    means: knots.map((knot) => gaussianRow(length, knot, Math.sqrt(variance))),
    interpolation: Array.from({ length }, (_, i) => interpolationRow(count, (i + 0.5) / distance - 0.5)),
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

const transposed = (rows: Matrix): Matrix => Array.from(rows[0]!, (_, c) => Float64Array.from(rows, (row) => row[c]!));

const matrix = (rows: Matrix): HostTensor => ({
  shape: [rows.length, rows[0]!.length],
  dtype: "float32",
  data: Float32Array.from(rows.flatMap((row) => [...row])),
});

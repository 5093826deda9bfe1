import { denseMatrix, type DenseMatrix } from "@leader/core";
import type { Point } from "./random-path.js";

/**
 * Draws a line of the given width through the points, antialiased: a pixel has 1 minus the part of its distance to the line
 * that exceeds the width. Pixel (row, column) has its centre at x = column + 1/2, y = row + 1/2.
 */
export function drawLine(points: readonly Point[], side: number, width: number): DenseMatrix {
  const canvas = denseMatrix(side, side, () => 0);
  const reach = width / 2 + 0.5;
  // A path of one point is drawn as a dot.
  points.forEach((to, i) => drawSegment(canvas, points[Math.max(0, i - 1)]!, to, reach));
  return canvas;
}

function drawSegment(canvas: DenseMatrix, from: Point, to: Point, reach: number): void {
  const first = (a: number, b: number): number => Math.max(0, Math.floor(Math.min(a, b) - reach - 0.5));
  const last = (a: number, b: number, size: number): number => Math.min(size - 1, Math.ceil(Math.max(a, b) + reach - 0.5));
  for (let row = first(from.y, to.y); row <= last(from.y, to.y, canvas.rows); row++) {
    for (let column = first(from.x, to.x); column <= last(from.x, to.x, canvas.columns); column++) {
      const cover = Math.min(1, reach - distanceToSegment({ x: column + 0.5, y: row + 0.5 }, from, to));
      const at = row * canvas.columns + column;
      canvas.data[at] = Math.max(canvas.data[at]!, cover);
    }
  }
}

function distanceToSegment(point: Point, from: Point, to: Point): number {
  const [dx, dy] = [to.x - from.x, to.y - from.y];
  const squaredLength = dx * dx + dy * dy;
  const along = squaredLength === 0 ? 0 : ((point.x - from.x) * dx + (point.y - from.y) * dy) / squaredLength;
  const nearest = Math.min(1, Math.max(0, along));
  return Math.hypot(point.x - from.x - nearest * dx, point.y - from.y - nearest * dy);
}

/** Gaussian smoothing along an axis, with weights that sum to 1 at the borders too; the identity if sigma is 0. */
export const gaussianSmoothing = (size: number, sigma: number): DenseMatrix =>
  rowsOfSumOne(size, size, (row, column) => (sigma === 0 ? Number(row === column) : Math.exp(-0.5 * ((row - column) / sigma) ** 2)));

/** Downscaling by an integer factor with a Lanczos kernel of three lobes, widened by the factor. */
export const lanczosDownscaling = (size: number, factor: number): DenseMatrix =>
  rowsOfSumOne(size, size * factor, (row, column) => lanczos((column + 0.5) / factor - (row + 0.5)));

function lanczos(u: number): number {
  if (u === 0) return 1;
  if (Math.abs(u) >= 3) return 0;
  const angle = Math.PI * u;
  return (3 * Math.sin(angle) * Math.sin(angle / 3)) / (angle * angle);
}

function rowsOfSumOne(rows: number, columns: number, weight: (row: number, column: number) => number): DenseMatrix {
  const matrix = denseMatrix(rows, columns, weight);
  for (let r = 0; r < rows; r++) {
    const row = matrix.data.subarray(r * columns, (r + 1) * columns);
    const sum = row.reduce((a, b) => a + b, 0);
    row.forEach((value, c) => (row[c] = value / sum));
  }
  return matrix;
}

import { uniforms } from "@leader/core";
import { operatorKey } from "../common/seed.js";

/** A point of the plane, in pixels. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

/** Uniform numbers in (0,1), as many as are asked for. */
function uniformStream(seed: number): () => number {
  const key = operatorKey(seed, "motion-blur");
  let chunk = 0;
  let values: Float64Array = new Float64Array(0);
  let next = 0;
  return () => {
    if (next === values.length) {
      values = uniforms({ ...key, step: chunk++ }, 256);
      next = 0;
    }
    return values[next++]!;
  };
}

/** Beta(1, b): the smallest of b uniform numbers. */
const smallestOf = (b: number, uniform: () => number): number => 1 - (1 - uniform()) ** (1 / b);

/** Beta(2, n - 1): the second smallest of n uniform numbers. */
function secondSmallestOf(n: number, uniform: () => number): number {
  const drawn = Array.from({ length: n }, uniform).sort((a, b) => a - b);
  return drawn[1]!;
}

/** Triangular distribution on [0, right] with the given mode, by its quantile function. */
function triangular(mode: number, right: number, uniform: () => number): number {
  const u = uniform();
  return u * right < mode ? Math.sqrt(u * right * mode) : right - Math.sqrt((1 - u) * right * (right - mode));
}

/**
 * The path of a shaking camera: short steps whose direction turns a little at each and sometimes swings back; centred on its mean.
 * The recipe is that of Borodenko's motion-blur kernels as used by DDPG and DiffPIR.
 * @param diagonal of the canvas; lengths are shares of it. @param intensity from 0 (nearly straight) to 1 (shaken).
 */
export function randomPath(seed: number, diagonal: number, intensity: number): readonly Point[] {
  const uniform = uniformStream(seed);
  // At least a pixel: steps shorter than an almost empty path would take for ever to draw.
  const length = Math.max(1, 0.75 * diagonal * (uniform() + uniform() * intensity ** 2));
  const steps = randomSteps(length, (1.1 - intensity) * diagonal, uniform);
  const largestAngle = uniform() * intensity * Math.PI;
  const jitter = secondSmallestOf(21, uniform);
  let angle = (2 * uniform() - 1) * largestAngle;
  let position: Point = { x: 0, y: 0 };
  const points = steps.map((step, i) => {
    if (i > 0) {
      const back = uniform() < jitter ? -1 : 1;
      angle = triangular(intensity * largestAngle, largestAngle + 0.1, uniform) * (angle < 0 ? -back : back);
    }
    position = { x: position.x + step * Math.cos(angle), y: position.y + step * Math.sin(angle) };
    return position;
  });
  return rotated(centred(points), uniform() * Math.PI);
}

/** Steps shorter than the path, until they reach its length together. */
function randomSteps(length: number, longest: number, uniform: () => number): readonly number[] {
  const steps: number[] = [];
  for (let total = 0; total < length;) {
    const step = smallestOf(30, uniform) * longest;
    if (step >= length) continue;
    steps.push(step);
    total += step;
  }
  return steps;
}

function centred(points: readonly Point[]): readonly Point[] {
  const mean = (of: (point: Point) => number): number => points.reduce((sum, point) => sum + of(point), 0) / points.length;
  const [x, y] = [mean((point) => point.x), mean((point) => point.y)];
  return points.map((point) => ({ x: point.x - x, y: point.y - y }));
}

function rotated(points: readonly Point[], angle: number): readonly Point[] {
  const [cosine, sine] = [Math.cos(angle), Math.sin(angle)];
  return points.map(({ x, y }) => ({ x: x * cosine - y * sine, y: x * sine + y * cosine }));
}

import type { HostTensor, Tensor } from "@leader/graph";
import { constantOf } from "./constants.js";
import { denseMatrix, denseToHost, denseTranspose, type DenseMatrix } from "./dense.js";
import { lazy } from "./lazy.js";
import { reversal } from "./reversal.js";
import { rootsOfUnity } from "./roots-of-unity.js";

/** An axis of n = outer x inner pixels, i = inner i1 + i2; its frequencies are k = k1 + outer k2. */
interface Split {
  readonly length: number;
  readonly outer: number;
  readonly inner: number;
}

/** Below this, dense products take less time than moving the picture between smaller ones. */
const shortestSide = 512;
/** Factors that sum to more than this share of a side are too uneven. */
const even = 1 / 6;

/**
 * The orthonormal Hartley transform over the last two axes in the steps of Cooley and Tukey, each a product with small matrices, or undefined
 * where a side is short or has no factors near its square root. With a = 2 pi i1 k1 / outer and b = 2 pi i2 (k1 / n + k2 / inner),
 * 2 pi i k / n is a + b up to full turns. The first axis uses cas(a + b) = cas a cos b + cas(-a) sin b. The second is given the first one's
 * result P and the same at opposite frequencies, Q: the transform of the plane is P cos(a + b) + Q sin(a + b).
 */
export function fastHartleyTransform(height: number, width: number, shortest = shortestSide): ((x: Tensor) => Tensor) | undefined {
  const [vertical, horizontal] = [splitOf(height, shortest), splitOf(width, shortest)];
  if (vertical === undefined || horizontal === undefined) return undefined;
  const [down, across] = [alongRows(vertical), alongColumns(horizontal)];
  return (x) => across(down(x));
}

function splitOf(length: number, shortest: number): Split | undefined {
  if (length < shortest) return undefined;
  for (let outer = Math.floor(Math.sqrt(length)); outer > 1; outer--) {
    if (length % outer !== 0) continue;
    const inner = length / outer;
    return outer + inner <= even * length ? { length, outer, inner } : undefined;
  }
  return undefined;
}

/** P, the transform of the axis before the last. */
function alongRows(split: Split): (x: Tensor) => Tensor {
  const { length, outer, inner } = split;
  const first = lazy(() => denseToHost(casPairs(split)));
  const second = lazy(() => stacked(split, (matrix) => matrix));
  return (x) => {
    const [planes, width] = [x.shape.slice(0, -2), x.shape.at(-1)!];
    const pairs = constantOf(x.trace, first()).matmul(x.reshape([...planes, outer, inner * width]));
    const parts = constantOf(x.trace, second()).matmul(pairs.reshape([...planes, outer, 2 * inner, width]));
    return exchanged(parts, planes.length).reshape([...planes, length, width]);
  };
}

/** P cos + Q sin over the last axis. */
function alongColumns(split: Split): (p: Tensor) => Tensor {
  const { outer, inner } = split;
  const first = lazy(() => denseToHost(turns(split)));
  const second = lazy(() => stacked(split, denseTranspose));
  return (p) => {
    const [planes, height, width] = [p.shape.slice(0, -2), p.shape.at(-2)!, p.shape.at(-1)!];
    const opposite = p.gather(constantOf(p.trace, reversal(height)), p.rank - 2);
    const both = [p, opposite].map((part) => part.reshape([...planes, height, outer, inner]));
    const turned = constantOf(p.trace, first()).matmul(both[0]!.concat([both[1]!], p.rank - 1));
    // [.., H, k1, 2 inner] -> [.., k1, H, 2 inner], so that each k1 is a product of its own.
    const rows = exchanged(turned.reshape([...planes, height, outer, 2 * inner]), planes.length);
    const parts = rows.matmul(constantOf(p.trace, second()));
    const axes = planes.map((_, i) => i);
    const last = planes.length;
    return parts.transpose([...axes, last + 1, last + 2, last]).reshape([...planes, height, width]);
  };
}

/** Exchanges two axes, the first of which is given. */
function exchanged(x: Tensor, axis: number): Tensor {
  const order = x.shape.map((_, i) => i);
  [order[axis], order[axis + 1]] = [axis + 1, axis];
  return x.transpose(order);
}

/** [2 outer, outer]: for each k1 a row of cas a and one of cas(-a), orthonormal with the second step. */
function casPairs({ length, outer }: Split): DenseMatrix {
  const { cosine, sine } = rootsOfUnity(outer);
  const scale = 1 / Math.sqrt(length);
  return denseMatrix(2 * outer, outer, (row, i) => {
    const place = ((row >> 1) * i) % outer;
    // The table has e^(-i a).
    return scale * (cosine[place]! + (row % 2 === 0 ? -1 : 1) * sine[place]!);
  });
}

/** [2 outer, 2 outer]: P cos a + Q sin a and Q cos a - P sin a, for each k1. */
function turns({ length, outer }: Split): DenseMatrix {
  const { cosine, sine } = rootsOfUnity(outer);
  const scale = 1 / Math.sqrt(length);
  return denseMatrix(2 * outer, 2 * outer, (row, column) => {
    const place = ((row >> 1) * (column % outer)) % outer;
    const fromFirst = column < outer;
    if (row % 2 === (fromFirst ? 0 : 1)) return scale * cosine[place]!;
    return scale * (fromFirst ? sine[place]! : -sine[place]!);
  });
}

/** For each k1 a matrix [inner, 2 inner], in the given form: row k2 has cos b and then sin b. */
function stacked({ length, outer, inner }: Split, form: (matrix: DenseMatrix) => DenseMatrix): HostTensor {
  const { cosine, sine } = rootsOfUnity(length);
  const data = new Float32Array(outer * inner * 2 * inner);
  for (let k1 = 0; k1 < outer; k1++) {
    const matrix = denseMatrix(inner, 2 * inner, (k2, column) => {
      const place = ((column % inner) * (k1 + outer * k2)) % length;
      return column < inner ? cosine[place]! : -sine[place]!;
    });
    data.set(form(matrix).data, k1 * inner * 2 * inner);
  }
  const { rows, columns } = form(denseMatrix(inner, 2 * inner, () => 0));
  return { shape: [outer, rows, columns], dtype: "float32", data };
}

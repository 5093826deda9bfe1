import type { Tensor } from "@leader/graph";
import type { AxisFactor } from "./axis-product.js";
import { bandedProduct } from "./banded-product.js";
import { constantOf } from "./constants.js";
import { denseToHost, denseTranspose, scaledColumns, type DenseMatrix } from "./dense.js";
import { lazy } from "./lazy.js";
import type { Eigenpairs } from "./eigenpairs.js";
import { without } from "./without-eigenpairs.js";

/** A matrix as one dense product. */
export function denseFactor(matrix: DenseMatrix): AxisFactor {
  const host = lazy(() => denseToHost(matrix));
  const transposed = lazy(() => denseToHost(denseTranspose(matrix)));
  return {
    rows: matrix.rows,
    columns: matrix.columns,
    work: matrix.rows * matrix.columns,
    fromLeft: (x) => constantOf(x.trace, host()).matmul(x),
    fromRight: (x) => x.matmul(constantOf(x.trace, transposed())),
  };
}

/** A matrix by its few diagonals where it has them, or else as one dense product. */
export const bandedFactor = (matrix: DenseMatrix): AxisFactor => bandedProduct(matrix) ?? denseFactor(matrix);

/** What is cut may be this share of the pairs for two thin products to take less time than the dense one. */
const fewPairs = 1 / 4;

/** A symmetric matrix of few diagonals less some of its eigenpairs: the diagonals, and two thin products for the pairs. */
export function cutFactor(matrix: DenseMatrix, cut: Eigenpairs): AxisFactor {
  if (cut.values.length === 0) return bandedFactor(matrix);
  const banded = cut.values.length > fewPairs * matrix.rows ? undefined : bandedProduct(matrix);
  if (banded === undefined) return denseFactor(without(matrix, cut));
  const vectors = lazy(() => denseToHost(cut.vectors));
  const columns = lazy(() => denseToHost(denseTranspose(cut.vectors)));
  const scaled = lazy(() => denseToHost(scaledColumns(denseTranspose(cut.vectors), cut.values)));
  const scaledRows = lazy(() => denseToHost(denseTranspose(scaledColumns(denseTranspose(cut.vectors), cut.values))));
  return {
    ...banded,
    work: banded.work + 2 * cut.values.length * matrix.rows,
    fromLeft: (x) => banded.fromLeft(x).sub(constantOf(x.trace, scaled()).matmul(constantOf(x.trace, vectors()).matmul(x))),
    fromRight: (x) => banded.fromRight(x).sub(x.matmul(constantOf(x.trace, columns())).matmul(constantOf(x.trace, scaledRows()))),
  };
}

/** A factor from the left is one product per plane, from the right a single product: the larger share should go to the right. */
const LEFT_COST = 1.05;

/** left x right^T on the last two axes, in the cheaper of the two orders. */
export function twoSided(left: AxisFactor, x: Tensor, right: AxisFactor): Tensor {
  const { leftFirst, rightFirst } = worksOf(left, right);
  return leftFirst < rightFirst ? right.fromRight(left.fromLeft(x)) : left.fromLeft(right.fromRight(x));
}

/** Multiplications of a two-sided product, about. */
export function twoSidedWork(left: AxisFactor, right: AxisFactor): number {
  const { leftFirst, rightFirst } = worksOf(left, right);
  return Math.min(leftFirst, rightFirst);
}

const worksOf = (left: AxisFactor, right: AxisFactor): { readonly leftFirst: number; readonly rightFirst: number } => ({
  leftFirst: LEFT_COST * left.work * right.columns + right.work * left.rows,
  rightFirst: right.work * left.columns + LEFT_COST * left.work * right.rows,
});

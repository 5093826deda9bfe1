import type { LinearOperator, SpectralForm } from "../contract/operator.js";
import { type Aval, extents, formatAval, graphErrors, type HostTensor, type Tensor } from "@leader/graph";
import { constantOf } from "./constants.js";
import { denseToHost, denseProduct, scaledColumns, denseTranspose, isSymmetric, type DenseMatrix } from "./dense.js";
import { completedBasis, thinSvd } from "./dense-svd.js";
import { smallEigenpairs } from "./small-eigenpairs.js";
import { without } from "./without-eigenpairs.js";
import { lazy } from "./lazy.js";
import { linearOperator } from "./linear-operator.js";
import { remembered } from "./remembered.js";
import { regularisedInverse } from "./spectral.js";

export interface SeparableOptions {
  readonly name: string;
  /** Images [..., H, W]. */
  readonly domain: Aval;
  /** B1, with H columns. Pass the same object twice where the axes agree: it is then decomposed once. */
  readonly vertical: DenseMatrix;
  /** B2, with W columns. */
  readonly horizontal: DenseMatrix;
  /**
   * Singular values of B1 and of B2 (not their products) below this are set to 0, in the operator itself too, so that A, A^T,
   * A^+ and the decomposition stay those of one matrix. Default 0: nothing is cut but the rounding level of float32.
   */
  readonly threshold?: number;
}

/**
 * A X = B1 X B2^T on every plane: blurs and resampling with a product kernel. One application is two matrix products; matrices
 * are decomposed only when something needs it. Basis and singular values are Kronecker products of those of B1 and B2.
 */
export function separableOperator({ name, domain, vertical, horizontal, threshold = 0 }: SeparableOptions): LinearOperator {
  const [height, width] = domain.shape.slice(-2);
  if (domain.shape.length < 2 || vertical.columns !== height || horizontal.columns !== width) {
    throw graphErrors.SHAPE_MISMATCH({
      op: name,
      problem: `matrices for images of ${vertical.columns} x ${horizontal.columns} do not fit ${formatAval(domain)}`,
    });
  }
  const first = separableAxis(vertical, threshold);
  const second = horizontal === vertical ? first : separableAxis(horizontal, threshold);
  return linearOperator({
    name,
    domain,
    range: { shape: [...domain.shape.slice(0, -2), vertical.rows, horizontal.rows], dtype: domain.dtype },
    apply: (x) => twoSided(first.matrix(), x, second.matrix()),
    adjoint: (y) => twoSided(first.adjoint(), y, second.adjoint()),
    pinv: (y) => twoSided(first.pinv(), y, second.pinv()),
    svd: separableSpectralForm(domain, first, second),
    proxL2: (z, y, rho) => {
      // z + V s/(s^2 + rho) (U^T y - s V^T z), on the coefficients with s > 0 only.
      const s = constantOf(z.trace, jointSingularValues(first, second));
      const residual = twoSided(first.ut(), y, second.ut()).sub(twoSided(first.vt(), z, second.vt()).mul(s));
      return z.add(twoSided(first.v(), residual.mul(regularisedInverse(s, rho)), second.v()));
    },
  });
}

/** One matrix in the form that products need; each form is rounded and entered once. */
interface Factor {
  readonly rows: number;
  readonly columns: number;
  readonly host: () => HostTensor;
  readonly transposedHost: () => HostTensor;
}

function factorOf(matrix: DenseMatrix): Factor {
  return {
    rows: matrix.rows,
    columns: matrix.columns,
    host: lazy(() => denseToHost(matrix)),
    transposedHost: lazy(() => denseToHost(denseTranspose(matrix))),
  };
}

/** A factor from the left is one product per plane, from the right a single product: the larger share should go to the right. */
const LEFT_COST = 1.05;

/** left x right^T on the last two axes, in the cheaper of the two orders. */
function twoSided(left: Factor, x: Tensor, right: Factor): Tensor {
  const fromLeft = (value: Tensor): Tensor => constantOf(value.trace, left.host()).matmul(value);
  const fromRight = (value: Tensor): Tensor => value.matmul(constantOf(value.trace, right.transposedHost()));
  const leftFirst = left.rows * right.columns * (LEFT_COST * left.columns + right.rows);
  const rightFirst = left.columns * right.rows * (right.columns + LEFT_COST * left.rows);
  return leftFirst < rightFirst ? fromRight(fromLeft(x)) : fromLeft(fromRight(x));
}

/** Everything that may be asked of one of the two matrices; computed on demand. */
interface SeparableAxis {
  /** B with the values below the threshold removed. */
  readonly matrix: () => Factor;
  readonly adjoint: () => Factor;
  readonly pinv: () => Factor;
  /** Positive singular values, descending, and their vectors. */
  readonly singularValues: () => Float64Array;
  readonly u: () => Factor;
  readonly ut: () => Factor;
  readonly v: () => Factor;
  readonly vt: () => Factor;
  /** All right vectors, the null space included. */
  readonly fullV: () => Factor;
  readonly fullVt: () => Factor;
}

function separableAxis(given: DenseMatrix, threshold: number): SeparableAxis {
  const svd = lazy(() => thinSvd(given, threshold));
  const matrix = lazy(() => {
    const rank = Math.min(given.rows, given.columns);
    if (threshold === 0) return given;
    // Most operators cut little: what is cut is found far sooner than everything that stays.
    const cut = cutMatrix(given, threshold);
    if (cut !== undefined) return cut;
    if (svd().singularValues.length === rank) return given;
    return denseProduct(scaledColumns(svd().u, svd().singularValues), denseTranspose(svd().v));
  });
  const inverse = (): DenseMatrix => {
    const inverses = svd().singularValues.map((s) => 1 / s);
    return denseProduct(scaledColumns(svd().v, inverses), denseTranspose(svd().u));
  };
  const fullV = lazy(() => completedBasis(svd().v));
  const factor = (compute: () => DenseMatrix): (() => Factor) => lazy(() => factorOf(compute()));
  return {
    matrix: factor(matrix),
    adjoint: factor(() => denseTranspose(matrix())),
    pinv: factor(inverse),
    singularValues: () => svd().singularValues,
    u: factor(() => svd().u),
    ut: factor(() => denseTranspose(svd().u)),
    v: factor(() => svd().v),
    vt: factor(() => denseTranspose(svd().v)),
    fullV: factor(fullV),
    fullVt: factor(() => denseTranspose(fullV())),
  };
}

/** A symmetric matrix of few diagonals less its small eigenvalues, or undefined where they are not found on their own. */
function cutMatrix(given: DenseMatrix, threshold: number): DenseMatrix | undefined {
  if (!isSymmetric(given)) return undefined;
  const { rows, columns } = given;
  return remembered<DenseMatrix | undefined>("cut", given, [threshold], {
    compute: () => {
      const cut = smallEigenpairs(given, threshold);
      return cut === undefined ? undefined : without(given, cut);
    },
    arrays: (matrix) => (matrix === undefined ? undefined : [matrix.data]),
    made: ([data]) => (data?.length === rows * columns ? { rows, columns, data } : undefined),
  });
}

const outerProducts = new WeakMap<SeparableAxis, WeakMap<SeparableAxis, HostTensor>>();

/** Products of the positive singular values of both axes. */
function jointSingularValues(first: SeparableAxis, second: SeparableAxis): HostTensor {
  const known = outerProducts.get(first) ?? new WeakMap<SeparableAxis, HostTensor>();
  outerProducts.set(first, known);
  const made = known.get(second) ?? outerProduct(first.singularValues(), second.singularValues());
  known.set(second, made);
  return made;
}

/** a b^T as a float32 array of the given size, filled up with zeros. */
function outerProduct(a: Float64Array, b: Float64Array, rows = a.length, columns = b.length): HostTensor {
  const data = new Float32Array(rows * columns);
  a.forEach((x, r) => b.forEach((y, c) => (data[r * columns + c] = x * y)));
  return { shape: [rows, columns], dtype: "float32", data };
}

function separableSpectralForm(domain: Aval, first: SeparableAxis, second: SeparableAxis): SpectralForm {
  const [height, width] = extents(domain.shape.slice(-2), 2);
  const singularValues = lazy(() => outerProduct(first.singularValues(), second.singularValues(), height, width));
  return {
    shape: domain.shape,
    get singularValues() {
      return singularValues();
    },
    v: (coefficients) => twoSided(first.fullV(), coefficients, second.fullV()),
    vt: (x) => twoSided(first.fullVt(), x, second.fullVt()),
    u: (coefficients) => {
      const kept = coefficients.sliceAxis(-2, 0, first.u().columns).sliceAxis(-1, 0, second.u().columns);
      return twoSided(first.u(), kept, second.u());
    },
    ut: (y) => {
      const zeros = domain.shape.map(() => 0);
      const missing = [...zeros.slice(2), height - first.ut().rows, width - second.ut().rows];
      return twoSided(first.ut(), y, second.ut()).pad([...zeros, ...missing]);
    },
  };
}

import type { LinearOperator, SpectralForm } from "../contract/operator.js";
import { type Aval, extents, formatAval, graphErrors, type HostTensor } from "@leader/graph";
import { bandedFactor, cutFactor, denseFactor, twoSided, twoSidedWork } from "./axis-factor.js";
import type { AxisFactor } from "./axis-product.js";
import { constantOf } from "./constants.js";
import { denseProduct, scaledColumns, denseTranspose, isSymmetric, type DenseMatrix } from "./dense.js";
import { completedBasis, thinSvd } from "./dense-svd.js";
import type { Eigenpairs } from "./eigenpairs.js";
import { smallEigenpairs } from "./small-eigenpairs.js";
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
      const s = constantOf(z.trace, jointSingularValues(first, second));
      if (smallerThroughMeasurement(first, second)) {
        // z + A^T U (s^2 + rho)^-1 U^T (y - A z): changes of basis of measurements only.
        const residual = twoSided(first.ut(), y.sub(twoSided(first.matrix(), z, second.matrix())), second.ut());
        const solved = twoSided(first.u(), residual.div(s.square().add(rho)), second.u());
        return z.add(twoSided(first.adjoint(), solved, second.adjoint()));
      }
      // z + V s/(s^2 + rho) (U^T y - s V^T z), on the coefficients with s > 0 only.
      const residual = twoSided(first.ut(), y, second.ut()).sub(twoSided(first.vt(), z, second.vt()).mul(s));
      return z.add(twoSided(first.v(), residual.mul(regularisedInverse(s, rho)), second.v()));
    },
  });
}

/** True for a downsampling of few diagonals: applying it takes less time than changing the basis of whole pictures. */
function smallerThroughMeasurement(first: SeparableAxis, second: SeparableAxis): boolean {
  if ([first, second].some(({ shape: [rows, columns] }) => rows > columns / 2)) return false;
  const work = (of: (axis: SeparableAxis) => AxisFactor): number => twoSidedWork(of(first), of(second));
  const products = work((axis) => axis.matrix()) + work((axis) => axis.adjoint());
  const changes = work((axis) => axis.ut()) + work((axis) => axis.u());
  return products + changes < work((axis) => axis.vt()) + work((axis) => axis.v());
}

/** Everything that may be asked of one of the two matrices; computed on demand. */
interface SeparableAxis {
  /** Rows and columns. */
  readonly shape: readonly [number, number];
  /** B with the values below the threshold removed. */
  readonly matrix: () => AxisFactor;
  readonly adjoint: () => AxisFactor;
  readonly pinv: () => AxisFactor;
  /** Positive singular values, descending, and their vectors. */
  readonly singularValues: () => Float64Array;
  readonly u: () => AxisFactor;
  readonly ut: () => AxisFactor;
  readonly v: () => AxisFactor;
  readonly vt: () => AxisFactor;
  /** All right vectors, the null space included. */
  readonly fullV: () => AxisFactor;
  readonly fullVt: () => AxisFactor;
}

function separableAxis(given: DenseMatrix, threshold: number): SeparableAxis {
  const svd = lazy(() => thinSvd(given, threshold));
  // Most operators cut little: what is cut is found far sooner than everything that stays.
  const cut = lazy(() => (threshold === 0 ? noPairs(given) : cutPairs(given, threshold)));
  const kept = lazy(() =>
    svd().singularValues.length === Math.min(given.rows, given.columns)
      ? given
      : denseProduct(scaledColumns(svd().u, svd().singularValues), denseTranspose(svd().v)),
  );
  const matrix = lazy(() => {
    const pairs = cut();
    return pairs === undefined ? bandedFactor(kept()) : cutFactor(given, pairs);
  });
  const inverse = (): DenseMatrix => {
    const inverses = svd().singularValues.map((s) => 1 / s);
    return denseProduct(scaledColumns(svd().v, inverses), denseTranspose(svd().u));
  };
  const fullV = lazy(() => completedBasis(svd().v));
  const factor = (compute: () => DenseMatrix): (() => AxisFactor) => lazy(() => denseFactor(compute()));
  return {
    shape: [given.rows, given.columns],
    matrix,
    // What is cut one by one is cut from a symmetric matrix.
    adjoint: lazy(() => (threshold > 0 && cut() !== undefined ? matrix() : bandedFactor(denseTranspose(threshold > 0 ? kept() : given)))),
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

const noPairs = ({ columns }: DenseMatrix): Eigenpairs => ({
  values: new Float64Array(),
  vectors: { rows: 0, columns, data: new Float64Array() },
});

/** The small eigenpairs of a symmetric matrix of few diagonals, or undefined where they are not found on their own. */
function cutPairs(given: DenseMatrix, threshold: number): Eigenpairs | undefined {
  if (!isSymmetric(given)) return undefined;
  return remembered<Eigenpairs | undefined>("cut", given, [threshold], {
    compute: () => smallEigenpairs(given, threshold),
    arrays: (pairs) => (pairs === undefined ? undefined : [pairs.values, pairs.vectors.data]),
    made: ([values, data]) =>
      values !== undefined && data?.length === values.length * given.columns
        ? { values, vectors: { rows: values.length, columns: given.columns, data } }
        : undefined,
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

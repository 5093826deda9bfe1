import type { LinearOperator } from "../contract/operator.js";
import { type Aval, extents, type HostTensor } from "@leader/graph";
import { linearOperator } from "../linear/linear-operator.js";
import { circulantOperator } from "../linear/circulant.js";
import { denseMatrix } from "../linear/dense.js";
import { separableOperator } from "../linear/separable.js";

/** Small operators with every power, for tests of stages that use one. */

/** Means of 2 x 2 blocks; height and width must be even. */
export function poolingOperator(image: Aval): LinearOperator {
  const [height, width] = extents(image.shape.slice(2), 2);
  const halve = (size: number) => denseMatrix(size / 2, size, (r, c) => (Math.floor(c / 2) === r ? 0.5 : 0));
  return separableOperator({ name: "pooling", domain: image, vertical: halve(height), horizontal: halve(width) });
}

/** Keeps two pixels of three and fills the others with 0. */
export function maskOperator(image: Aval): LinearOperator {
  const shape = [1, ...image.shape.slice(1)];
  const mask: HostTensor = {
    shape,
    dtype: "float32",
    data: Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => (i % 3 === 1 ? 0 : 1)),
  };
  const apply: LinearOperator["apply"] = (x) => x.mul(x.trace.constant(mask));
  const same: LinearOperator["apply"] = (x) => x;
  return linearOperator({
    name: "mask",
    domain: image,
    apply,
    adjoint: apply,
    pinv: apply,
    svd: { shape: image.shape, singularValues: mask, v: same, vt: same, u: apply, ut: apply },
    proxL2: (z, y, rho) =>
      apply(y)
        .add(rho.mul(z))
        .div(rho.add(z.trace.constant(mask))),
  });
}

/** Operators with every power: one singular value, a permutation, many values of which some are below a threshold, a periodic filter without symmetry. */
export type TestOperators = Readonly<Record<"pooling" | "mask" | "blur" | "circulant", LinearOperator>>;

/** One operator of each kind that a baseline treats differently. @param image its height and width must be even. */
export function testOperators(image: Aval): TestOperators {
  const [height, width] = extents(image.shape.slice(2), 2);
  const taper = (size: number) => denseMatrix(size, size, (r, c) => [0.5, 0.3, 0.15, 0.05][Math.abs(r - c)] ?? 0);
  const kernel = denseMatrix(3, 3, (r, c) => [0.3, 0.2, 0, 0, 0.1, 0.2, 0.05, 0, 0.15][3 * r + c]!);
  return {
    pooling: poolingOperator(image),
    mask: maskOperator(image),
    blur: separableOperator({ name: "blur", domain: image, vertical: taper(height), horizontal: taper(width), threshold: 0.2 }),
    circulant: circulantOperator({ name: "circulant", domain: image, kernel }),
  };
}

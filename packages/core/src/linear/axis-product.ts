import type { Tensor } from "@leader/graph";

/** One matrix in the form that products with pictures need; what it consists of is rounded and entered once. */
export interface AxisFactor {
  readonly rows: number;
  readonly columns: number;
  /** Multiplications of one product with a vector. */
  readonly work: number;
  /** B x, on the axis before the last. */
  readonly fromLeft: (x: Tensor) => Tensor;
  /** x B^T, on the last axis. */
  readonly fromRight: (x: Tensor) => Tensor;
}

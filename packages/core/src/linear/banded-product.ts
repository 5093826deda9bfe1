import type { HostTensor, Tensor } from "@leader/graph";
import type { AxisFactor } from "./axis-product.js";
import { constantOf } from "./constants.js";
import { denseMatrix, denseTranspose, denseToHost, type DenseMatrix } from "./dense.js";
import { lazy } from "./lazy.js";

/** Rows of a block: large enough for products at the speed of dense ones, small enough for windows without many zeros. */
const blockRows = 64;
/** Windows that are wider than this share of the matrix save too little. */
const worthwhile = 1 / 3;

/** Where a block of rows is not zero. */
interface Window {
  readonly first: number;
  readonly end: number;
}

/**
 * A matrix whose entries lie beside its diagonal, or that of a rectangle, as blocks of rows: each block meets the columns of a window only, so
 * that a product takes time per pixel that does not depend on the size. Undefined where the matrix is small, or its rows reach too far
 * for that to pay.
 */
export function bandedProduct(a: DenseMatrix): AxisFactor | undefined {
  const { rows, columns } = a;
  const count = Math.ceil(rows / Math.max(1, Math.round((blockRows * rows) / Math.max(rows, columns))));
  if (count < 3) return undefined;
  const height = Math.ceil(rows / count);
  const windows = Array.from({ length: count }, (_, k) => windowOf(a, k * height, Math.min(rows, (k + 1) * height)));
  const span = windows.reduce((most, { first, end }) => Math.max(most, end - first), 1);
  if (span > worthwhile * columns) return undefined;
  // Windows of one width, moved inwards at the end.
  const starts = windows.map(({ first }) => Math.min(first, columns - span));
  const blocks = starts.map((start, k) =>
    denseMatrix(height, span, (r, c) => (k * height + r < rows ? a.data[(k * height + r) * columns + start + c]! : 0)),
  );
  const work = count * height * span;
  return { rows, columns, work, fromLeft: leftProduct(rows, starts, blocks), fromRight: rightProduct(rows, starts, blocks) };
}

function windowOf({ columns, data }: DenseMatrix, firstRow: number, endRow: number): Window {
  let [first, end] = [columns, 0];
  for (let r = firstRow; r < endRow; r++) {
    for (let c = 0; c < columns; c++) {
      if (data[r * columns + c] === 0) continue;
      first = Math.min(first, c);
      end = Math.max(end, c + 1);
    }
  }
  return first < end ? { first, end } : { first: 0, end: 1 };
}

/** All windows side by side, and one product for each block. */
function leftProduct(rows: number, starts: readonly number[], blocks: readonly DenseMatrix[]): (x: Tensor) => Tensor {
  const { rows: height, columns: span } = blocks[0]!;
  const indices: HostTensor = {
    shape: [starts.length * span],
    dtype: "int32",
    data: Int32Array.from({ length: starts.length * span }, (_, i) => starts[Math.floor(i / span)]! + (i % span)),
  };
  const stacked = lazy((): HostTensor => {
    const data = new Float32Array(blocks.length * height * span);
    blocks.forEach((block, k) => {
      data.set(block.data, k * height * span);
    });
    return { shape: [blocks.length, height, span], dtype: "float32", data };
  });
  return (x) => {
    const [outer, width] = [x.shape.slice(0, -2), x.shape.at(-1)!];
    const windows = x.gather(constantOf(x.trace, indices), x.rank - 2).reshape([...outer, blocks.length, span, width]);
    const product = constantOf(x.trace, stacked()).matmul(windows);
    const joined = product.reshape([...outer, blocks.length * height, width]);
    return blocks.length * height === rows ? joined : joined.sliceAxis(-2, 0, rows);
  };
}

/** A product of the columns of each window with its block: windows within rows are cut out one by one, which copies them faster. */
function rightProduct(rows: number, starts: readonly number[], blocks: readonly DenseMatrix[]): (x: Tensor) => Tensor {
  const span = blocks[0]!.columns;
  const transposed = lazy(() => blocks.map((block) => denseToHost(denseTranspose(block))));
  return (x) => {
    const parts = starts.map((start, k) => x.sliceAxis(-1, start, start + span).matmul(constantOf(x.trace, transposed()[k]!)));
    const joined = parts[0]!.concat(parts.slice(1), x.rank - 1);
    return joined.shape.at(-1) === rows ? joined : joined.sliceAxis(-1, 0, rows);
  };
}

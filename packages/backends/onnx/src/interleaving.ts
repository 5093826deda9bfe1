import { isOp, sizeOf, type Node, type Tensor } from "@leader/graph";

/**
 * Transposes that spread pixels into rows, as a network's last layer makes an image of channels, or gather them, in two steps: one exchange of
 * two axes, for which the runtime has a fast way on several threads, and one of whole rows. As one step, every pixel is looked for on its own.
 * @returns undefined where the form does not apply.
 */
export function interleaving(node: Node, [x]: readonly Tensor[]): Tensor | undefined {
  if (!isOp(node, "Transpose") || x === undefined) return undefined;
  const { permutation } = node.attrs;
  const spread = spreading(permutation);
  if (spread !== undefined) {
    const rows = x.transpose(spread.rows);
    return exchanged(rows, spread.kept, rows.shape[spread.kept]!).reshape(node.aval.shape);
  }
  const gathered = spreading(inverseOf(permutation));
  if (gathered === undefined) return undefined;
  const pixels = sizeOf(x.shape.slice(gathered.kept, -1));
  return exchanged(x, gathered.kept, pixels)
    .reshape(gathered.rows.map((axis) => node.aval.shape[axis]!))
    .transpose(inverseOf(gathered.rows));
}

/** How whole rows are moved before their pixels are spread, and how many leading axes stay in their place. */
interface Spreading {
  readonly rows: readonly number[];
  readonly kept: number;
}

/** Undefined unless the last axis becomes the one before the last, and other axes move too. */
function spreading(permutation: readonly number[]): Spreading | undefined {
  const rank = permutation.length;
  if (permutation[rank - 2] !== rank - 1) return undefined;
  const kept = permutation.findIndex((axis, i) => axis !== i);
  const rows = [...permutation.slice(0, kept), permutation[rank - 1]!, ...permutation.slice(kept, -1)];
  return rows.every((axis, i) => axis === i) ? undefined : { rows, kept };
}

const inverseOf = (permutation: readonly number[]): readonly number[] => permutation.map((_, axis) => permutation.indexOf(axis));

/**
 * What follows the leading axes as a matrix, exchanged. The shape joins axes, so that the runtime does not make this and the moving of rows
 * one step again.
 */
function exchanged(x: Tensor, leading: number, rows: number): Tensor {
  const lead = sizeOf(x.shape.slice(0, leading));
  return x.reshape([lead, rows, x.size / (lead * rows)]).transpose([0, 2, 1]);
}

/** Einstein summation as diagonals, sums, transpositions and one matrix product per pair of operands. */
import { sizeOf } from "../../../ir/shape.js";
import type { Tensor } from "../../../ir/tensor.js";
import type { NodeContext } from "../node-context.js";

/** A tensor whose axes have labels, one each. */
interface Labelled {
  readonly tensor: Tensor;
  readonly labels: readonly string[];
}

const characters = (text: string): string[] => Array.from(text);

/** Stands for the i-th axis, counted from the last, that an ellipsis covers. */
const ellipsisLabel = (i: number): string => `.${i}`;

function labelsOf(node: NodeContext, term: string, rank: number): string[] {
  const letters = term.replaceAll(" ", "");
  const match = /^([A-Za-z]*)(\.\.\.)?([A-Za-z]*)$/.exec(letters);
  if (match === null) throw node.invalid(`\`${term}\` is not a list of axis labels`);
  const [, before = "", dots, after = ""] = match;
  const covered = rank - before.length - after.length;
  if (covered < 0 || (dots === undefined && covered !== 0)) throw node.invalid(`\`${term}\` does not label ${rank} axes`);
  return [
    ...characters(before),
    ...Array.from({ length: dots === undefined ? 0 : covered }, (_, i) => ellipsisLabel(covered - 1 - i)),
    ...characters(after),
  ];
}

/** Labels of the result: as written, or every label that occurs once in alphabetical order after those of the ellipsis. */
function outputLabels(node: NodeContext, written: string | undefined, terms: readonly (readonly string[])[]): string[] {
  const all = terms.flat();
  const dots = [...new Set(all.filter((label) => label.startsWith(".")))].sort((a, b) => Number(b.slice(1)) - Number(a.slice(1)));
  if (written === undefined) {
    const once = all.filter((label) => !label.startsWith(".") && all.indexOf(label) === all.lastIndexOf(label));
    return [...dots, ...once.sort()];
  }
  const letters = written.replaceAll(" ", "");
  const [before = "", after] = letters.split("...");
  const labels = after === undefined ? characters(before) : [...characters(before), ...dots, ...characters(after)];
  const unknown = labels.find((label) => !all.includes(label));
  if (unknown !== undefined || new Set(labels).size !== labels.length)
    throw node.invalid(`output labels \`${written}\` repeat or are not in the operands`);
  return labels;
}

/** Keeps the diagonal of repeated labels. */
function diagonal(node: NodeContext, { tensor, labels }: Labelled): Labelled {
  const second = labels.findIndex((label, i) => labels.indexOf(label) !== i);
  if (second < 0) return { tensor, labels };
  const first = labels.indexOf(labels[second]!);
  const n = tensor.shape[first]!;
  if (tensor.shape[second] !== n) throw node.invalid(`label \`${labels[second]!}\` has sizes ${n} and ${tensor.shape[second]!}`);
  const rest = labels.map((_, i) => i).filter((i) => i !== first && i !== second);
  const flat = tensor.transpose([first, second, ...rest]).reshape([n * n, ...rest.map((i) => tensor.shape[i]!)]);
  const steps = node.builder.constant({ shape: [n], dtype: "int32", data: Int32Array.from({ length: n }, (_, i) => i * (n + 1)) });
  return diagonal(node, { tensor: flat.gather(steps, 0), labels: [labels[first]!, ...rest.map((i) => labels[i]!)] });
}

/** Sums the labels that nobody needs any more. */
function reduceTo({ tensor, labels }: Labelled, needed: ReadonlySet<string>): Labelled {
  const axes = labels.flatMap((label, i) => (needed.has(label) ? [] : [i]));
  return { tensor: axes.length === 0 ? tensor : tensor.sum(axes), labels: labels.filter((label) => needed.has(label)) };
}

/** Axes in the order of `labels`; those that the tensor lacks get size 1. */
function arrange({ tensor, labels: own }: Labelled, labels: readonly string[]): Tensor {
  const present = labels.filter((label) => own.includes(label));
  const ordered = tensor.transpose(present.map((label) => own.indexOf(label)));
  return ordered.reshape(labels.map((label) => (own.includes(label) ? tensor.shape[own.indexOf(label)]! : 1)));
}

const sizes = ({ tensor, labels }: Labelled, wanted: readonly string[]): number[] =>
  wanted.map((label) => tensor.shape[labels.indexOf(label)] ?? 1);

/** The product of two operands, summed over the labels that only they have. */
function contract(a: Labelled, b: Labelled, needed: ReadonlySet<string>): Labelled {
  const left = reduceTo(a, new Set([...needed, ...b.labels]));
  const right = reduceTo(b, new Set([...needed, ...a.labels]));
  const shared = left.labels.filter((label) => right.labels.includes(label));
  // A size of 1 broadcasts (only under an ellipsis), which a matrix product cannot: such labels stay elementwise.
  const summed = shared.filter((label) => !needed.has(label) && sizes(left, [label])[0] === sizes(right, [label])[0]);
  const batch = shared.filter((label) => !summed.includes(label));
  const rows = left.labels.filter((label) => !shared.includes(label));
  const columns = right.labels.filter((label) => !shared.includes(label));
  const x = arrange(left, [...batch, ...rows, ...summed]).reshape([
    ...sizes(left, batch),
    sizeOf(sizes(left, rows)),
    sizeOf(sizes(left, summed)),
  ]);
  const y = arrange(right, [...batch, ...summed, ...columns]).reshape([
    ...sizes(right, batch),
    sizeOf(sizes(right, summed)),
    sizeOf(sizes(right, columns)),
  ]);
  const product = x.matmul(y);
  const shape = [...product.shape.slice(0, batch.length), ...sizes(left, rows), ...sizes(right, columns)];
  return reduceTo({ tensor: product.reshape(shape), labels: [...batch, ...rows, ...columns] }, needed);
}

/** Evaluates an equation such as `bhid,bhjd->bhij`. */
export function einsum(node: NodeContext, equation: string, operands: readonly Tensor[]): Tensor {
  const [inputs = "", output, ...rest] = equation.split("->");
  const written = inputs.split(",");
  if (written.length !== operands.length || rest.length > 0)
    throw node.invalid(`equation \`${equation}\` does not fit ${operands.length} operands`);
  const terms = written.map((term, i) => labelsOf(node, term, operands[i]!.rank));
  const result = outputLabels(node, output, terms);
  const labelled = terms.map((labels, i) => diagonal(node, { tensor: operands[i]!, labels }));
  const needed = (after: number): ReadonlySet<string> => new Set([...result, ...labelled.slice(after + 1).flatMap((term) => term.labels)]);
  const [first, ...others] = labelled;
  const total = others.reduce((sum, term, i) => contract(sum, term, needed(i + 1)), reduceTo(first!, needed(0)));
  return arrange(total, result);
}

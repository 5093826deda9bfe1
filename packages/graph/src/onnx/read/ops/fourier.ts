/** The discrete Fourier transform. */
import { normalizeAxis } from "../../../ir/shape.js";
import type { Tensor } from "../../../ir/tensor.js";
import { heavy, type NodeContext, type OpRules } from "../node-context.js";

/** Cut or filled with zeros to the given length. */
function fit(x: Tensor, axis: number, length: number): Tensor {
  const n = x.shape[axis]!;
  if (length <= n) return length === n ? x : x.sliceAxis(axis, 0, length);
  const pads = new Array<number>(2 * x.rank).fill(0);
  pads[axis + x.rank] = length - n;
  return x.pad(pads);
}

/** The axis is an attribute before opset 20 and an operand from then on. */
function dft(node: NodeContext): Tensor {
  const x = node.tensor(0);
  const parts = x.shape.at(-1);
  if (x.rank < 2 || (parts !== 1 && parts !== 2))
    throw node.invalid(`[${x.shape.join(",")}] does not end in an axis of real and imaginary parts`);
  const stated = node.opset < 20 ? node.attrs.int("axis", 1) : node.has(2) ? node.number(2, "axis") : -2;
  const axis = normalizeAxis("DFT", stated, x.rank);
  const inverse = node.attrs.flag("inverse");
  const onesided = node.attrs.flag("onesided");
  if (inverse && onesided) throw node.unsupported("the inverse of a one-sided transform");
  const complex = parts === 2 ? x : fit(x, x.rank - 1, 2);
  const length = node.has(1) ? node.number(1, "dft_length") : x.shape[axis]!;
  if (!Number.isSafeInteger(length) || length < 1) throw node.invalid(`a transform of length ${length}`);
  const result = fit(complex, axis, length).dft(axis, inverse);
  return onesided ? result.sliceAxis(axis, 0, Math.floor(length / 2) + 1) : result;
}

export const fouriers: OpRules = { DFT: heavy(dft) };
